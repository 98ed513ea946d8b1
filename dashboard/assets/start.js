// Starts Solara's client with our own page around it: no Vuetify widgets, states said in words.
"use strict";

const words = window.ewea.words;

const appComponent = {
  template: `
    <div>
      <div v-if="trouble" class="connection" role="alert">
        <p>{{ trouble }}</p>
        <button v-if="final" type="button" class="button button-secondary" @click="reload">{{ words.reload }}</button>
      </div>
      <jupyter-widget-mount-point v-if="!loading && !remounting" :key="remountKey" mount-id="solara-main">
      </jupyter-widget-mount-point>
      <p v-if="remounting" class="boot-text" role="status">{{ words.restoring }}</p>
    </div>`,
  data() {
    // The names are those Solara's client script sets.
    return {
      words, loading: true, loadingPercentage: -1, loading_text: "", loadingPage: false, solaraDebugMessages: [],
      outputMessages: [], connectionStatus: null, wasConnected: false, remountKey: 0, remounting: false,
      needsRefresh: false, cancelAutoRefresh: false, kernelBusy: false, urlHasChanged: false,
    };
  },
  computed: {
    final() { return this.needsRefresh; },
    trouble() {
      if (this.needsRefresh) return words.cannot_connect;
      return this.wasConnected && this.connectionStatus !== "connected" ? words.connection_lost : "";
    },
  },
  methods: { reload() { location.reload(); } },
};

window.app = Vue.createApp(appComponent)
  .use(vuetifyPlugin)
  .component("jupyter-widget-mount-point", jupyterWidgetMountPoint)
  .mount("#app");

requirejs.config({
  baseUrl: solara.jupyterRootPath,
  waitSeconds: 0,
  map: {
    "*": {
      "jupyter-vue": "nbextensions/jupyter-vue/nodeps",
      "jupyter-vuetify": "nbextensions/jupyter-vuetify/nodeps",
    },
  },
  urlArgs: (id, url) => {
    const found = url.match(/nbextensions\/([^/]+)\//);
    const name = found && Object.keys(nbextensionHashes).find((key) => key.startsWith(found[1] + "/"));
    return name ? (url.includes("?") ? "&" : "?") + nbextensionHashes[name] : "";
  },
});
window.enable_nbextensions = true;

// The rules of the typeface with its files inside, for pictures that leave the app.
const carriedTypeface = async () => {
  let css = document.getElementById("typeface").textContent;
  for (const [, address] of css.matchAll(/url\("([^"]+)"\)/g)) {
    const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
    css = css.replace(address, "data:font/woff2;base64," + btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
  }
  return css;
};

// Gives an SVG element to the user as a file, as it is or as PNG of twice its size.
window.ewea.savePicture = async (svg, format, name) => {
  const style = document.createElementNS(svg.namespaceURI, "style");
  style.textContent = await carriedTypeface();
  svg.prepend(style);
  let href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }));
  if (format === "png") {
    const image = new Image();
    image.src = href;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * Number(svg.getAttribute("width"));
    canvas.height = 2 * Number(svg.getAttribute("height"));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(href);
    href = canvas.toDataURL("image/png");
  }
  const anchor = document.createElement("a");
  anchor.href = href;
  anchor.download = name + "." + format;
  document.body.appendChild(anchor);
  anchor.click();
  anchor.remove();
};

// The page the server sent stays until the real one is there: no flash, no jump.
const boot = document.getElementById("boot");
const arrival = new MutationObserver(() => {
  if (document.querySelector("#app main h1") && document.querySelector("#app .header")) {
    boot.remove();
    arrival.disconnect();
  }
});
arrival.observe(document.getElementById("app"), { childList: true, subtree: true });

// A server that refuses the connection (full, or another site's page) never answers: say so.
setTimeout(() => {
  if (boot.isConnected && app.connectionStatus !== "connected") {
    document.getElementById("boot-text").textContent = words.cannot_connect;
  }
}, 20000);

solaraInit("solara-main");
