// Entry point of a recording's page (instead of app.js, which it brings along): fetches the sound once, when asked to,
// plays it and draws its loudness, one band for each channel.
import "./app.js";

const box = document.querySelector("[data-recording]");
const part = (name) => box.querySelector(`[data-part="${name}"]`);
const audio = part("audio");
const canvas = part("wave");
// The second of a note follows the recording until the writer begins.
const second = document.querySelector("[name=second]");
let isNoting = false;
let bands = [];
let peaks = [];

function loudness(samples, columns) {
  const step = Math.max(1, Math.floor(samples.length / columns));
  return Array.from({ length: columns }, (_, column) => {
    let top = 0;
    for (let place = column * step; place < Math.min(samples.length, (column + 1) * step); place += 1) top = Math.max(top, Math.abs(samples[place]));
    return top;
  });
}

function draw() {
  const scale = devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * scale);
  if (peaks[0]?.length !== width) peaks = bands.map((samples) => loudness(samples, width));
  [canvas.width, canvas.height] = [width, canvas.clientHeight * scale];
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const played = audio.duration ? (audio.currentTime / audio.duration) * canvas.width : 0;
  const height = canvas.height / bands.length;
  peaks.forEach((tops, band) => {
    tops.forEach((top, x) => {
      pen.fillStyle = x < played ? style.color : style.borderTopColor;
      const tall = Math.max(scale, top * (height - 2 * scale));
      pen.fillRect(x, band * height + (height - tall) / 2, 1, tall);
    });
  });
}

async function decode(bytes) {
  const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes);
  bands = Array.from({ length: sound.numberOfChannels }, (_, channel) => sound.getChannelData(channel));
}

async function open() {
  const [button, state] = [part("open"), part("state")];
  button.disabled = true;
  state.textContent = state.dataset.loading;
  try {
    const response = await fetch(box.dataset.recording);
    if (!response.ok || response.redirected) throw new Error(response.status);
    const file = await response.blob();
    await decode(await file.arrayBuffer());
    audio.src = URL.createObjectURL(file);
    part("player").hidden = false;
    button.parentElement.hidden = true;
    draw();
    audio.play();
  } catch {
    state.textContent = state.dataset.failed;
    button.disabled = false;
  }
}

part("open").addEventListener("click", open);
audio.addEventListener("timeupdate", () => {
  draw();
  if (second && !isNoting && !audio.paused) second.value = Math.floor(audio.currentTime);
});
second?.form.addEventListener("input", () => {
  isNoting = true;
});
addEventListener("resize", draw);
canvas.addEventListener("click", (event) => {
  audio.currentTime = (event.offsetX / canvas.clientWidth) * audio.duration;
});
for (const mark of document.querySelectorAll("[data-second]")) {
  mark.addEventListener("click", async () => {
    if (part("player").hidden) await open();
    audio.currentTime = Number(mark.dataset.second);
  });
}
