// Brings the last question to the top when a new one is asked or answered, so that an answer is read from its beginning.
let revealed = null;

export default function ({ data }) {
  if (data.exchange === revealed) return;
  revealed = data.exchange;
  const questions = document.querySelectorAll('[class*="st-key-asked-"]');
  setTimeout(() => questions[questions.length - 1]?.scrollIntoView({ block: "start" }), 60);
}
