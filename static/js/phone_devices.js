// Microphones and loudspeakers: which ones there are, which one the agent chose, and how loud the chosen one is.
const CHOSEN = "fairdial.headset";

export function chosen() {
  try {
    return JSON.parse(localStorage.getItem(CHOSEN)) || {};
  } catch {
    return {};
  }
}

export function choose(changes) {
  localStorage.setItem(CHOSEN, JSON.stringify({ ...chosen(), ...changes }));
}

// Raises what getUserMedia raises. A chosen device that is gone is no reason to go without one.
export async function openMicrophone() {
  const { microphone } = chosen();
  const audio = microphone ? { deviceId: { exact: microphone } } : true;
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    if (error.name !== "OverconstrainedError") throw error;
    return navigator.mediaDevices.getUserMedia({ audio: true });
  }
}

export async function list() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const of = (kind) => devices.filter((device) => device.kind === kind && device.deviceId);
  return { microphones: of("audioinput"), speakers: of("audiooutput") };
}

export async function useMicrophone(device) {
  const { microphone } = chosen();
  const { microphones } = await list();
  if (microphones.some((one) => one.deviceId === microphone)) await device.audio.setInputDevice(microphone);
}

// One that is gone, or a browser that cannot choose, leaves the usual one.
export async function useSpeaker(device) {
  const { speaker } = chosen();
  if (speaker && device.audio.isOutputSelectionSupported) await device.audio.speakerDevices.set([speaker]).catch(() => {});
}

// Calls `show` with the loudness of a stream, 0 to 1, until the answered function is called.
export function measure(stream, show) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    show(Math.min(1, 4 * Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length)));
  }, 80);
  return () => {
    clearInterval(timer);
    context.close();
  };
}

// Records a stream for some milliseconds and plays it back; answers when it has been heard.
export async function playBack(stream, milliseconds) {
  const recorder = new MediaRecorder(stream);
  const pieces = [];
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  const stopped = new Promise((resolve) => { recorder.addEventListener("stop", resolve, { once: true }); });
  recorder.start();
  setTimeout(() => recorder.stop(), milliseconds);
  await stopped;
  const player = new Audio(URL.createObjectURL(new Blob(pieces, { type: recorder.mimeType })));
  const { speaker } = chosen();
  if (speaker && player.setSinkId) await player.setSinkId(speaker).catch(() => {});
  const ended = new Promise((resolve) => { player.addEventListener("ended", resolve, { once: true }); });
  await player.play();
  await ended;
  URL.revokeObjectURL(player.src);
}
