// Brings the last question to the top when a new one is asked or answered, so that an answer is read from its beginning,
// and says to screen readers how it stands.
let revealed = null;

function status() {
  const known = document.getElementById("dalil-status");
  if (known) return known;
  const made = document.createElement("div");
  made.id = "dalil-status";
  made.className = "dalil-unseen";
  made.setAttribute("role", "status");
  document.body.append(made);
  return made;
}

export default function ({ data }) {
  if (data.exchange === revealed) return;
  revealed = data.exchange;
  status().textContent = data.said;
  const questions = document.querySelectorAll('[class*="st-key-asked-"]');
  setTimeout(() => questions[questions.length - 1]?.scrollIntoView({ block: "start" }), 60);
}
