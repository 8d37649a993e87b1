// A document with its cited words marked. Text is only ever set as text: nothing of it becomes mark-up.
function paragraph(block, current) {
  const made = document.createElement(block.level ? `h${Math.min(6, block.level + 2)}` : "p");
  made.dir = "auto";
  if (block.is_row) made.className = "row";
  for (const piece of block.pieces) {
    if (!piece.numbers.length) {
      made.append(piece.text);
      continue;
    }
    const mark = document.createElement("mark");
    mark.textContent = piece.text;
    const isCurrent = piece.numbers.includes(current);
    if (isCurrent) mark.className = "current";
    const numbers = piece.numbers.filter((n) => n > 0);
    made.append(mark);
    if (numbers.length) {
      const sign = document.createElement("sup");
      sign.textContent = numbers.join(", ");
      made.append(sign);
    }
  }
  return made;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".source");
  root.lang = data.language;
  root.setAttribute("aria-label", data.label);
  root.replaceChildren(...data.blocks.map((block) => paragraph(block, data.current)));
  // Only a newly opened place moves the reader; drawing the page anew does not.
  if (root.dataset.place !== data.place) {
    root.dataset.place = data.place;
    const target = root.querySelector("mark.current") ?? root.querySelector("mark");
    if (target) root.scrollTop = target.offsetTop - root.offsetTop - root.clientHeight / 3;
    else root.scrollTop = 0;
  }
}
