// Lets the carrier's program, which knows encrypted signalling only, talk to the simulator on this machine. Served in
// simulations only, before that program; it touches no other address.
(() => {
  const { host } = document.currentScript.dataset;
  if (location.protocol !== "http:") return;
  globalThis.WebSocket = class extends WebSocket {
    constructor(address, protocols) {
      const url = new URL(address);
      if (url.host === host) url.protocol = "ws:";
      super(url, protocols);
    }
  };
})();
