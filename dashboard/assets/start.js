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

window.ewea.drawnElement = (tag, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  return node;
};

// A picture that leaves the page: its title above, then what is drawn ([svg, height] of width 1100 each), its
// notes below. Title and notes are broken where a line would be longer, so that nothing of them is cut.
window.ewea.framed = (title, notes, bodies) => {
  const [make, css, wide, edge] = [window.ewea.drawnElement, getComputedStyle(document.documentElement), 1100, 30];
  const [font, pen] = [css.getPropertyValue("--font").trim(), document.createElement("canvas").getContext("2d")];
  const whole = make("svg", { width: wide + 2 * edge, "font-family": font });
  whole.appendChild(make("rect", { width: "100%", height: "100%", fill: css.getPropertyValue("--page").trim() }));
  let down = edge / 2;
  const write = (text, size, weight, colour) => {
    pen.font = `${weight} ${size}px ${font}`;
    const lines = [];
    for (const word of text.split(" ")) {
      const longer = lines.length ? lines[lines.length - 1] + " " + word : word;
      if (lines.length && pen.measureText(longer).width < wide) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    for (const line of lines) {
      down += 1.35 * size;
      const look = { x: edge, y: down, "font-size": size, "font-weight": weight, fill: css.getPropertyValue(colour).trim() };
      whole.appendChild(make("text", look, line));
    }
  };
  write(title, 21, 700, "--text");
  down += edge / 2;
  for (const [svg, high] of bodies) {
    for (const [key, value] of Object.entries({ x: edge, y: down, width: wide, height: high })) svg.setAttribute(key, value);
    whole.appendChild(svg);
    down += high;
  }
  for (const note of notes) if (note) write(note, 14, 400, "--muted");
  whole.setAttribute("height", Math.ceil(down + edge));
  return whole;
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
