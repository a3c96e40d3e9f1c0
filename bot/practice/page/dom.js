// What stands on the page: elements, made without ever reading text as markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  airplane: "M21 15.500v-2l-7.500-4.700V4a1.500 1.500 0 0 0-3 0v4.800L3 13.500v2l7.500-2.200v4.500L8.500 19.300V21l3.500-1 3.500 1v-1.700l-2-1.500v-4.500z",
  more: "M12 7.500a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400zm0 6.200a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400zm0 6.200a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400z",
  clip: "M17.500 6.500v9.800a5 5 0 0 1-10 0V5.800a3.300 3.300 0 0 1 6.600 0v9.700a1.600 1.600 0 0 1-3.200 0V6.500H9.600v9a2.900 2.900 0 0 0 5.800 0V5.800a4.600 4.600 0 0 0-9.200 0v10.500a6.300 6.300 0 0 0 12.600 0V6.500z",
  send: "M3 20.500 22 12 3 3.500v6.600l12 1.900-12 1.900z",
  commands: "M4 6h16v2.200H4zm0 4.900h16v2.200H4zm0 4.900h10V18H4z",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm-1 2.500v5.200l4.200 2.500 1-1.600-3.300-2V7.500z",
  close: "m6.400 5-1.400 1.400 5.600 5.600L5 17.600 6.400 19l5.600-5.600 5.600 5.600 1.400-1.400-5.600-5.600L19 6.400 17.600 5 12 10.600z",
  file: "M6 2.500h8.500L19 7v14.500H6zm8 1.800V8h3.600z",
  down: "m12 16.500-7-7 1.500-1.500 5.500 5.500L17.500 8 19 9.500z",
  letter: "M3 5.500h18v13H3zm2 3v8h14v-8l-7 4.700zm.8-1 6.200 4 6.200-4z",
  storm: "M7.500 15A4.500 4.500 0 0 1 7 6.030 5.500 5.500 0 0 1 17.600 7.500 3.800 3.800 0 0 1 17.300 15h-2.600l1.300-3h-4l-2 5h2.600L11 22l5.300-7H7.500z",
  silent: "M12 3a5.500 5.500 0 0 0-5.500 5.500v4.200L5 15.500v1.300h14v-1.300l-1.500-2.800V8.500A5.500 5.500 0 0 0 12 3zm-1.800 15a1.900 1.900 0 0 0 3.600 0zM4 3.200 2.800 4.400 19.600 21.200l1.200-1.200z",
};

/** An element; `on…` attributes are listeners, `true` and `false` switch an attribute. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

/** A button with a picture for its face and words for its name. */
export function iconButton(name, label, act, attributes = {}) {
  const { class: more = "", ...others } = attributes;
  const wanted = { type: "button", class: `icon-button ${more}`, "aria-label": label, title: label };
  return element("button", { ...wanted, ...others, onclick: act }, icon(name));
}
