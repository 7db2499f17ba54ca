// DEFLATE with a bound, for streams that have to end in their last byte; null for any other stream.
import { Inflate, inflateSync } from "fflate";

// Of a packed stream at once: enough of what is good, and little of what swells without end.
const STEP = 1024;

// A stream ends in its last byte exactly if it is incomplete without that byte: fflate does not say
// where it stopped reading.
export function inflate(packed, most, dictionary) {
  if (packed.length > 4 * STEP && swells(packed, most, dictionary)) return null;
  const found = attempt(packed, most, dictionary);
  if (found === null || found.length > most) return null;
  return attempt(packed.subarray(0, -1), most, dictionary) === null ? found : null;
}

// Whether a long stream has more in it than allowed; a thousandfold, it would keep a phone busy.
function swells(packed, most, dictionary) {
  let size = 0;
  try {
    const inflater = new Inflate({ dictionary }, (chunk) => (size += chunk.length));
    for (let at = 0; at < packed.length && size <= most; at += STEP) {
      inflater.push(packed.subarray(at, at + STEP));
    }
  } catch (_) {
    // It is refused for what it is.
  }
  return size > most;
}

function attempt(packed, most, dictionary) {
  // fflate takes nothing at all for an empty result.
  if (packed.length === 0) return null;
  try {
    // One byte more than allowed is room enough to see that there is more; a longer stream is
    // not kept, however long it is.
    return inflateSync(packed, { dictionary, out: new Uint8Array(most + 1) });
  } catch (_) {
    return null;
  }
}

// The bytes of a ZLIB stream (RFC 1950) that inflates to exactly `size`.
export function inflateZlib(stream, size) {
  if (stream.length < 6) return null;
  const [method, flags] = stream;
  const head = (method & 15) === 8 && method >> 4 <= 7 && (flags & 32) === 0;
  if (!head || ((method << 8) | flags) % 31 !== 0) return null;
  const found = inflate(stream.subarray(2, -4), size);
  if (found === null || found.length !== size) return null;
  return adler32(found) === wordAt(stream, stream.length - 4) ? found : null;
}

const wordAt = (bytes, at) =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

function adler32(bytes) {
  const BASE = 65521;
  let low = 1;
  let high = 0;
  for (let at = 0; at < bytes.length; ) {
    // The most steps after which neither sum has left 32 bits.
    for (const end = Math.min(at + 5552, bytes.length); at < end; at += 1) {
      low += bytes[at];
      high += low;
    }
    low %= BASE;
    high %= BASE;
  }
  return ((high << 16) | low) >>> 0;
}
