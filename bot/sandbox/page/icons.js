// Line icons, drawn on a 24-unit grid.

const PATHS = {
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-5 16-3.500-6.500zM11.500 13.500L20 4",
  attach: "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.500 3.500 0 0 1 5 5l-8.500 8.500a2 2 0 0 1-3-3L14 7",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6L4 12l6 6M4.500 12H13a7 7 0 0 1 7 7",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  down: "M5 9l7 7 7-7",
  menu: "M4 7h16M4 12h16M4 17h10",
  keyboard: "M3 6h18v12H3zM7 10v.01M11 10v.01M15 10v.01M17 14v.01M7 14h7",
  chevron: "M7 10l5 5 5-5",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  muted: "M6 17v-6a6 6 0 0 1 12 0v6zM4 17h16M10.500 21h3M3 3l18 18",
  clock: "M12 3a9 9 0 1 0 .01 0M12 7v5l3.500 2",
  external: "M8 16L17 7M9 7h8v8",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
