// The link's secret is behind the `#`, which is never sent: put it into the box, and both out of
// sight, so that one button is left.
function take() {
  const secret = location.hash.slice(1);
  if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) return;
  document.getElementById("link").value = secret;
  for (const id of ["asked", "box"]) document.getElementById(id).hidden = true;
  document.getElementById("taken").hidden = false;
  history.replaceState(null, "", location.pathname);
  // It goes along into another language or size, where the page is asked for anew.
  for (const link of document.querySelectorAll("header nav a")) link.hash = secret;
}

take();
// A link that is opened where this page is open already changes nothing but the fragment.
addEventListener("hashchange", take);
