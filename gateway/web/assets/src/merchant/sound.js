// What is heard and felt: only where there is something to grant. Made here, of no file.
const NOTES = { now: [[659, 0], [988, 0.13]], later: [[587, 0], [587, 0.22]] };
const BEATS = { now: 200, later: [90, 90, 90] };
const LOUD = 0.25;
const NOTE_S = 0.2;
let audio = null;

// To be called while somebody taps or types: before that no browser lets a page be heard.
export function unlock() {
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!Audio) return;
  audio = audio || new Audio();
  // Where it is refused, the screen and the vibration say it all.
  if (audio.state === "suspended") audio.resume().catch(() => undefined);
}

export function start() {
  for (const event of ["pointerdown", "keydown"]) {
    document.addEventListener(event, unlock, { passive: true });
  }
}

// `when` is now or later, as the answer was checked.
export function play(when) {
  navigator.vibrate?.(BEATS[when]);
  if (!audio) return;
  for (const [hertz, afterS] of NOTES[when]) {
    const begin = audio.currentTime + afterS;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(LOUD, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + NOTE_S);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + NOTE_S);
  }
}
