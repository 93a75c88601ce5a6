// The page's few words of vocabulary: fields are filled with text only, never with markup.

const known = new Map();

export function field(name) {
  if (!known.has(name)) known.set(name, document.querySelector(`[data-field="${name}"]`));
  return known.get(name);
}

export function show(name, text) {
  const element = field(name);
  const wanted = String(text);
  // Unchanged text is left alone, so that a live region speaks only when there is news.
  if (element.textContent !== wanted) element.textContent = wanted;
}

export function make(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

const figures = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });
export const number = (value) => (Number.isFinite(value) ? figures.format(value) : "–");
export const seconds = (ms) => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(1)} s` : "–");
export const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");
export const moment = (ms) => new Date(ms).toLocaleString("sv-SE");

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
}

// JSON cannot say NaN: Python writes it all the same, and then the browser refuses the whole message.
export const bareNonFinite = (text) =>
  (String(text).match(/(?<=[:,[\s])-?(?:NaN|Infinity)\b/g) ?? []).length;

// A literal such as 1e999 is legal JSON and still arrives as Infinity.
export function countNonFinite(value) {
  if (typeof value === "number") return Number.isFinite(value) ? 0 : 1;
  if (value === null || typeof value !== "object") return 0;
  return Object.values(value).reduce((sum, inner) => sum + countNonFinite(inner), 0);
}
