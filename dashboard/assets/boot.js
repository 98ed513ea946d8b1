// What Solara's client scripts expect to find, set before they run.
"use strict";

window.ewea = JSON.parse(document.getElementById("ewea-config").textContent);
window.ewea.plotly_url = window.ewea.plotly;
window.ewea.plotly = null;

window.vuetifyThemes = {};
window.inDarkMode = () => {
  const theme = document.documentElement.dataset.theme;
  return theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
};

solara.rootPath = window.ewea.root;
solara.jupyterRootPath = window.ewea.root + "/jupyter";
solara.cdn = window.ewea.root + "/assets/vendor";
solara.forceRefresh = false;
solara.clientVersion = window.ewea.clientVersion;
solara.production = true;
solara.preRendered = false;
solara.browser_platform = false;
window.searchParams = new URLSearchParams(location.search);
window.nbextensionHashes = window.ewea.extensions;

// Plotly is large: it is loaded once, when the first chart wants it.
window.ewea.loadPlotly = () => {
  if (!window.ewea.plotlyLoading) {
    window.ewea.plotlyLoading = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = window.ewea.plotly_url;
      script.onload = () => {
        window.ewea.plotly = window.Plotly || window.moduleName;
        resolve(window.ewea.plotly);
      };
      script.onerror = () => {
        window.ewea.plotlyLoading = null;
        reject(new Error("plotly could not be loaded"));
      };
      document.head.appendChild(script);
    });
  }
  return window.ewea.plotlyLoading;
};
