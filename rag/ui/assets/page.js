// What only a browser can do: keep the visitor's secret, tell screen readers the page's language, know its colours.
export default function ({ data }) {
  const kept = document.cookie.split("; ").find((part) => part.startsWith(`${data.cookie}=`))?.split("=")[1];
  if (kept && kept !== data.secret && !sessionStorage.getItem("dalil-known")) {
    // Another tab of this browser was first: be the visitor that it is.
    sessionStorage.setItem("dalil-known", "1");
    location.reload();
  } else if (!kept || kept.length < data.secret.length) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${data.cookie}=${data.secret}; Max-Age=31536000; Path=/; SameSite=Strict${secure}`;
  }
  document.documentElement.lang = data.language;
  // Where the source lies over the conversation, it needs the theme's own ground.
  const ground = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
  document.documentElement.style.setProperty("--dalil-ground", ground);
}
