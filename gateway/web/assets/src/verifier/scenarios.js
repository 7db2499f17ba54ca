// How scenarios fit each other (gateway/policy/scenarios.py): `travel.attraction.free` is a part of
// `travel.attraction`. A code for a part is good wherever the whole is asked for, never the other way.
export function fits(part, whole) {
  return part === whole || part.startsWith(`${whole}.`);
}

export function isWithin(scenario, wholes) {
  return wholes.some((whole) => fits(scenario, whole));
}
