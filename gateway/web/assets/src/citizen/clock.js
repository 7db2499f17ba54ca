// Says so when the phone's clock is wrong: offline it decides which code is shown.
const TOLERATED_S = 60;

// `serverS` is the city's time in Unix seconds, as an answer just said it.
export function noteClock(element, serverS) {
  const apartS = Math.abs(Date.now() / 1000 - serverS);
  element.hidden = apartS <= TOLERATED_S;
  const minutes = String(Math.round(apartS / 60));
  element.textContent = element.hidden ? "" : element.dataset.words.replace("{minutes}", minutes);
}
