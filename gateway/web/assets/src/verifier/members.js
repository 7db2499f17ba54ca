// Typed reading of a JSON object, as gateway/jose/members.py: by name and type, from the object itself
// and never from a prototype.
import { Refusal } from "./refusal.js";
import { isObject } from "./strict_json.js";

const MOST_CHARS = 1024;

const wrong = () => new Refusal("json_members");

export function has(object, name) {
  return Object.prototype.hasOwnProperty.call(object, name);
}

export function own(object, name) {
  return has(object, name) ? object[name] : undefined;
}

export function integer(object, name, least = 0, most = Number.MAX_SAFE_INTEGER) {
  const value = own(object, name);
  if (!Number.isSafeInteger(value) || value < least || value > most) throw wrong();
  return value;
}

export function text(object, name, pattern = /^/, most = MOST_CHARS) {
  return checkText(own(object, name), pattern, most);
}

export function inner(object, name) {
  const value = own(object, name);
  if (!isObject(value)) throw wrong();
  return value;
}

export function array(object, name, most) {
  const value = own(object, name);
  if (!Array.isArray(value) || value.length > most) throw wrong();
  return value;
}

export function texts(object, name, pattern, mostItems, most) {
  const found = array(object, name, mostItems).map((each) => checkText(each, pattern, most));
  if (new Set(found).size !== found.length) throw wrong();
  return found;
}

function checkText(value, pattern, most) {
  if (typeof value !== "string" || value === "" || Array.from(value).length > most) throw wrong();
  if (!pattern.test(value)) throw wrong();
  return value;
}
