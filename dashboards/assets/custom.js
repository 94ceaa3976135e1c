/* What a page needs before its components: language, theme, letters; and a script that is loaded once. */
window.ismDraws = 0;
window.ism = (function () {
  const root = document.documentElement;
  const loading = {};
  let colours = {};
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  root.lang = 'en';
  const viewport = document.querySelector('meta[name=viewport]');
  if (viewport) viewport.content = 'width=device-width, initial-scale=1';

  function kept(name) {
    try { return localStorage.getItem('ism.' + name); } catch (refused) { return null; }
  }
  function keep(name, value) {
    try { localStorage.setItem('ism.' + name, value); } catch (refused) { /* a private window */ }
  }
  function dark() {
    const wish = kept('theme');
    return wish ? wish === 'dark' : system.matches;
  }
  function paint() {
    root.dataset.theme = dark() ? 'dark' : 'light';
    root.dataset.letters = kept('letters') || 'usual';
    colours = {};
    window.dispatchEvent(new Event('ism-paint'));
  }
  system.addEventListener('change', paint);
  paint();

  return {
    kept: kept,
    keep: keep,
    dark: dark,
    large: function () { return kept('letters') === 'large'; },
    darken: function (on) { keep('theme', on ? 'dark' : 'light'); paint(); return on; },
    enlarge: function (on) { keep('letters', on ? 'large' : 'usual'); paint(); return on; },
    calm: function () { return window.matchMedia('(prefers-reduced-motion: reduce)').matches; },
    /* Kept until the theme changes: to ask the browser makes it settle all styles first. */
    colour: function (name) {
      colours[name] = colours[name] || getComputedStyle(root).getPropertyValue(name).trim();
      return colours[name];
    },
    script: function (file) {
      if (!loading[file]) {
        loading[file] = new Promise(function (done, failed) {
          const tag = document.createElement('script');
          tag.src = solara.rootPath + '/static/assets/' + file;
          tag.onload = done;
          tag.onerror = function () { failed(new Error(file)); };
          document.head.appendChild(tag);
        });
      }
      return loading[file];
    },
    typing: function (event) {
      const at = event.target;
      return at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName);
    },
  };
})();
