// What only a browser can do: keep the visitor's secret, and tell screen readers the language of the page.
export default function ({ data }) {
  if (data.secret) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${data.cookie}=${data.secret}; Max-Age=31536000; Path=/; SameSite=Strict${secure}`;
  }
  document.documentElement.lang = data.language;
}
