// The link's secret is behind the `#`, which is never sent: put it into the box, and out of sight.
const secret = location.hash.slice(1);
if (/^[A-Za-z0-9_-]{43}$/.test(secret)) {
  document.getElementById("link").value = secret;
  history.replaceState(null, "", location.pathname);
  // It goes along into another language or size, where the page is asked for anew.
  for (const link of document.querySelectorAll("header nav a")) link.hash = secret;
}
