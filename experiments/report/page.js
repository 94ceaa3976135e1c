"use strict";
(() => {
  const { figures, templates } = JSON.parse(document.getElementById("figures").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const settings = { displaylogo: false, responsive: true, showTips: false, modeBarButtons: [["toImage", "resetScale2d"]] };
  const names = Object.keys(figures);
  const PAPER = 660; // pixels between the margins of a printed page
  const NARROW = 560;
  let printing = false;

  // A square figure is as high as it is wide, and its dots shrink with it.
  function fitted(figure, width) {
    const layout = structuredClone(figure.layout);
    const data = structuredClone(figure.data);
    if (layout.meta.square && width < layout.height) {
      layout.height = width + 90;
      for (const { marker } of data) {
        if (Array.isArray(marker?.size)) marker.size = marker.size.map((size) => Math.max(2, (size * width) / 760));
      }
    }
    if (width < NARROW) {
      layout.font = { size: 11 };
      layout.margin = { ...layout.margin, l: 40, r: 8 };
    }
    return { data, layout };
  }

  function draw(name) {
    const place = document.getElementById(`plot-${name}`);
    const width = printing ? PAPER : place.clientWidth;
    const { data, layout } = fitted(figures[name], width);
    place.style.minHeight = `${layout.height}px`;
    const template = templates[dark.matches && !printing ? "dark" : "light"];
    return Plotly.react(place, data, { ...layout, ...(printing ? { width } : { autosize: true }), template }, settings);
  }

  const drawAll = () => Promise.all(names.map(draw));
  drawAll().then(() => document.body.setAttribute("data-drawn", names.length));
  dark.addEventListener("change", drawAll);
  addEventListener("beforeprint", () => { printing = true; drawAll(); });
  addEventListener("afterprint", () => { printing = false; drawAll(); });
})();
