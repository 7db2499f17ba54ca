// On pages before the code page: carries a plate's choice on, and goes on to the provider.
import { keepPlate, plate } from "./citizen/plate.js";
import { onPhone } from "./kept.js";
import { erasePack } from "./offline/store.js";

const LAST = "home";
const PATIENCE_MS = 1000;
keepPlate();

const tiles = document.querySelectorAll("a.tile[data-city]");
for (const tile of tiles) {
  tile.href += plate();
  tile.addEventListener("click", () => onPhone.put(LAST, tile.dataset.city));
}
markLast();

const onward = document.querySelector("#onward[data-go]");
if (onward) {
  // Nobody is signed in here any more: what is left of a pack is not for whoever comes next.
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  // Replaced, so that "back" at the provider leads to where the person came from.
  Promise.race([erasePack(), patience]).then(() => location.replace(onward.href));
}

function markLast() {
  const last = onPhone.get(LAST);
  for (const tile of tiles) {
    tile.querySelector(".last").hidden = tile.dataset.city !== last;
  }
}
