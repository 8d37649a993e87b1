// What only a browser can do: keep the visitor's secret, tell screen readers the page's language, know its colours.
export default function ({ data }) {
  if (data.secret) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${data.cookie}=${data.secret}; Max-Age=31536000; Path=/; SameSite=Strict${secure}`;
  }
  document.documentElement.lang = data.language;
  // Where the source lies over the conversation, it needs the theme's own ground.
  const ground = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
  document.documentElement.style.setProperty("--dalil-ground", ground);
}
