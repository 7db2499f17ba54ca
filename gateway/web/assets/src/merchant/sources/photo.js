// A photo from this phone; it is read here and sent nowhere.
import { hasDecoder, read } from "./decoder.js";
import { meant } from "./meant.js";

const file = document.getElementById("file");
const { dataset: files } = document.getElementById("camera");

// Calls `onText` with what is read, `onSeveral` where two codes could be meant, `onNothing` where a
// photo has no code to read.
export function start({ onText, onSeveral, onNothing }) {
  if (!hasDecoder(files)) return;
  document.getElementById("photo").hidden = false;
  file.addEventListener("change", async () => {
    const [photo] = file.files;
    file.value = "";
    if (!photo) return;
    const { text, several } = meant(await read(photo, files).catch(() => []));
    if (text) onText(text);
    else if (several) onSeveral();
    else onNothing();
  });
}
