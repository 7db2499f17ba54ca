// What the page says: the city's own sentences, which came with the page (gateway/web/words.py).
const { dataset } = document.getElementById("form");
export const words = JSON.parse(dataset.words);

// Returns the sentence for an answer; for one that was found without a network, in the same words.
export function sentence({ message, outcome, hint }, scenarioName) {
  if (message || !words.outcomes[outcome]) return message || "";
  const said = words.outcomes[outcome];
  return hint ? said + words.stop + words.hints[hint].replace("{scenario}", scenarioName) : said;
}

// Returns an offer's words in three pieces: what is read from afar, a comma or "", and the limits.
export function pieces(offer) {
  const said = offer.words || offer[document.documentElement.lang.slice(0, 2)] || "";
  return /^((?:[0-9],(?=[0-9])|[^(,\uff08\uff0c])*)((?:[,\uff0c] ?)?)([^]*)$/.exec(said).slice(1);
}

// Returns offers with the guest's largest gain first.
export function bestFirst(offers) {
  const gain = ({ kind }) => words.gain.indexOf(kind);
  return [...offers].sort((one, other) => gain(one) - gain(other));
}
