// Times in the stand-in's clock and zone. The clock may run ahead of the machine's: the demo moves it.

let offset = 0;
let zone;

export function setClock(now, zoneName) {
  offset = Date.parse(now) - Date.now();
  if (zoneName !== undefined) zone = zoneName || undefined;
}

export const now = () => new Date(Date.now() + offset);

const made = new Map();

function format(language, options) {
  const key = language + JSON.stringify(options) + zone;
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(language === "bn" ? "bn-BD" : "en-GB", { ...options, timeZone: zone }));
  return made.get(key);
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hour12: false };
const plain = (text) => text.replace(/,/g, "");

export const clockTime = (date, language) => format(language, CLOCK).format(date);
export const dayKey = (date) => format("en", { year: "numeric", month: "2-digit", day: "2-digit" }).format(date);
export const shortDay = (date, language) => plain(format(language, { weekday: "short", day: "numeric", month: "short" }).format(date));

export function dayName(date, language, words) {
  const day = dayKey(date);
  if (day === dayKey(now())) return words.today;
  if (day === dayKey(new Date(now().getTime() - 86400000))) return words.yesterday;
  return shortDay(date, language);
}

export function listTime(date, language) {
  return dayKey(date) === dayKey(now()) ? clockTime(date, language) : plain(format(language, { day: "numeric", month: "short" }).format(date));
}
