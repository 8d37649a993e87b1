// The sentences of an answer with their marks. Text is only ever set as text: nothing of it becomes mark-up.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function tip(button, text, id) {
  const box = element("span", "tip", text);
  box.id = id;
  box.setAttribute("role", "tooltip");
  button.setAttribute("aria-describedby", id);
  button.append(box);
  return button;
}

// The words of a sentence, the short answer among them in bold.
function wording(statement) {
  if (!statement.parts) return element("span", "words", statement.text);
  const [before, short, after] = statement.parts;
  const words = element("span", "words");
  words.append(before, element("strong", "focus", short), after);
  return words;
}

function sentence(statement, number, setTriggerValue) {
  const row = element("p", `statement ${statement.support}`);
  const words = wording(statement);
  words.dir = "auto";
  if (statement.language) words.lang = statement.language;
  row.append(words);
  for (const mark of statement.marks) {
    const button = element("button", "mark", String(mark.number));
    button.type = "button";
    button.setAttribute("aria-label", mark.label);
    if (mark.isOpen) button.setAttribute("aria-current", "true");
    button.onclick = () => setTriggerValue("cite", mark.number);
    row.append("\u00a0", tip(button, mark.tip, `m${number}-${mark.number}`));
  }
  const support = element("button", "support", statement.sign);
  support.type = "button";
  support.setAttribute("aria-label", statement.supportLabel);
  row.append("\u00a0", tip(support, statement.supportTip, `s${number}`));
  const rows = [row];
  for (const line of statement.remarks) {
    const remark = element("p", "remark", line);
    remark.dir = "auto";
    rows.push(remark);
  }
  return rows;
}

// Browsers keep the clipboard from pages that are neither local nor served by HTTPS; the older way remains.
async function copied(text, root) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const box = element("textarea");
  box.value = text;
  root.append(box);
  box.select();
  const isDone = document.execCommand("copy");
  box.remove();
  return isDone;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".answer");
  const focused = parentElement.activeElement?.getAttribute?.("aria-label");
  root.replaceChildren(...data.statements.flatMap((s, n) => sentence(s, n, setTriggerValue)));
  if (data.copy) {
    const copy = element("button", "copy", data.copy.label);
    copy.type = "button";
    const told = element("span", "told");
    told.setAttribute("role", "status");
    copy.onclick = async () => {
      if (await copied(data.copy.text, root)) told.textContent = data.copy.done;
    };
    root.append(copy, told);
  }
  root.onpointerover = root.onfocusin = () => root.classList.remove("quiet");
  if (!root.dataset.heeds) {
    root.dataset.heeds = "Escape";
    document.addEventListener("keydown", (event) => event.key === "Escape" && root.classList.add("quiet"));
  }
  // What was focused stays so when the page draws itself anew.
  if (focused) for (const b of root.querySelectorAll("button")) if (b.getAttribute("aria-label") === focused) b.focus();
}
