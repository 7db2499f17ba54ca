// Enough for a code at arm's length; more pixels cost time and find nothing else.
const MOST_PX = 960;

// Returns how large a frame of the camera is looked at: its longer side bounded, never made larger.
export function frameSize(width, height) {
  const scale = Math.min(1, MOST_PX / Math.max(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}
