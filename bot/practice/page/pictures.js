// Pictures to send: how large they are, and samples for those who have none at hand.

import { dateOf, say, timeOf } from "./words.js";

const WIDTH = 960;
const HEIGHT = 720;
const SKIES = ["#f3d9a4", "#e8c7b0", "#cfe0d2", "#d9d3ea", "#f0c9a0", "#c9dbe8"];
let drawn = 0;

/** A File with a drawn picture of a school below mountains; no two are alike. */
export function samplePicture(moment) {
  drawn += 1;
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  pen.fillStyle = SKIES[drawn % SKIES.length];
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  mountains(pen, 330, "#8fae9a");
  mountains(pen, 420, "#55816c");
  pen.fillStyle = "#2f5b48";
  pen.fillRect(0, 560, WIDTH, HEIGHT - 560);
  school(pen, 250 + Math.random() * 160);
  boxes(pen, 3 + Math.floor(Math.random() * 4));
  pen.fillStyle = "#fffaf0";
  pen.font = "600 34px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.fillText(`${say("Sample photo")} ${drawn}`, WIDTH / 2, 640);
  pen.fillText(`${timeOf(moment)} · ${dateOf(moment)}`, WIDTH / 2, 686);
  return new File([bytesOf(canvas)], `sample-${drawn}.jpg`, { type: "image/jpeg" });
}

/** At once: a busy browser may leave `toBlob` waiting for seconds. */
function bytesOf(canvas) {
  const [, coded] = canvas.toDataURL("image/jpeg", 0.85).split(",");
  return Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
}

function mountains(pen, height, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(0, HEIGHT);
  for (let x = 0; x <= WIDTH; x += 120) pen.lineTo(x, height - Math.random() * 190);
  pen.lineTo(WIDTH, HEIGHT);
  pen.fill();
}

function school(pen, x) {
  pen.fillStyle = "#f4e3bd";
  pen.fillRect(x, 440, 300, 130);
  pen.fillStyle = "#a8442a";
  pen.beginPath();
  pen.moveTo(x - 30, 445);
  pen.lineTo(x + 150, 360);
  pen.lineTo(x + 330, 445);
  pen.fill();
  pen.fillStyle = "#4c6b5b";
  for (const at of [30, 190]) pen.fillRect(x + at, 475, 75, 50);
  pen.fillRect(x + 125, 475, 48, 95);
}

function boxes(pen, count) {
  for (let place = 0; place < count; place += 1) {
    pen.fillStyle = place % 2 ? "#c98a4b" : "#b5763a";
    pen.fillRect(640 + place * 48, 590 - (place % 2) * 40, 44, 40);
  }
}

/** {file, address, width, height}: an address to show it by, and its size where it is a picture. */
export async function previewed(file) {
  const address = URL.createObjectURL(file);
  const size = await createImageBitmap(file).catch(() => null);
  return { file, address, width: size?.width ?? 0, height: size?.height ?? 0 };
}
