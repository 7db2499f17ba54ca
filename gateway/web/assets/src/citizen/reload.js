// Draws the page anew, from the city, but not again and again if that does not help.
import { inTab } from "../kept.js";

const KEY = "reloaded";

export const mayReload = () => inTab.get(KEY) === null && inTab.put(KEY, "1");
export const reloaded = () => inTab.drop(KEY);
