// On a phone the office's pages are one line that is pushed aside: the open one comes into sight.
const nav = document.querySelector(".office");
const open = nav && nav.querySelector("[aria-current]");

if (open) {
  const [line, item] = [nav.getBoundingClientRect(), open.getBoundingClientRect()];
  // The way out stands at the right, over what passes beneath it.
  const right = nav.querySelector("form").getBoundingClientRect().left;
  nav.scrollLeft += item.left + item.width / 2 - (line.left + right) / 2;
}
