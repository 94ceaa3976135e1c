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

  /* The address of the page: what the world is and how it is seen (told by frames), the room, and about whom is asked.
     What somebody does on purpose is a step that the browser's Back takes back; time that goes on is none. */
  const DELIBERATE = ['scenario', 'seed', 'iceberg', 'tab', 'why'];
  const at = { world: null, went: 0, ...where() };
  let later = null;
  function where() {
    const found = new URLSearchParams(location.search);
    return { tab: found.get('tab') || 'arena', why: found.get('why') || '' };
  }
  function written() {
    const opened = location.search.slice(1).split('&').filter((part) => !/^(tab|why)=/.test(part)).join('&');
    const parts = [at.world === null ? opened : at.world, at.tab !== 'arena' && 'tab=' + at.tab, at.why && 'why=' + at.why];
    return parts.some(Boolean) ? '?' + parts.filter(Boolean).join('&') : '';
  }
  function step(query) {
    const found = new URLSearchParams(query);
    return DELIBERATE.map((name) => found.get(name)).join('|');
  }
  function turn(how) {
    clearTimeout(later);
    later = null;
    const query = written();
    if (location.search !== query) history[how]({ top: 0 }, '', query || location.pathname);
  }
  /* A browser refuses to have its address changed a hundred times a minute: time that goes on is told now and then. */
  function settle() {
    if (step(written()) !== step(location.search)) turn('pushState');
    else later = later || setTimeout(() => turn('replaceState'), 700);
  }
  /* Heard before, and instead of, the library's own listener, which may add steps of its own. */
  window.addEventListener('popstate', (event) => {
    event.stopImmediatePropagation();
    clearTimeout(later);
    later = null;
    Object.assign(at, { world: null, went: at.went + 1, ...where() });
    window.dispatchEvent(new CustomEvent('ism-went', { detail: { number: at.went, query: location.search } }));
  }, true);

  /* What every page before a hub does: hear frames and keys, send commands. */
  const player = {
    mounted() {
      this.hear = (event) => this.pressed(event);
      window.addEventListener('keydown', this.hear);
      this.ready({});
    },
    destroyed() {
      window.removeEventListener('keydown', this.hear);
    },
    methods: {
      jupyter_scene(scene) { this.scene = Object.freeze(scene); },
      jupyter_frame(frame) {
        this.frame = Object.freeze(frame);
        this.$nextTick(() => {
          window.ismDraws += 1;
          this.drawn(frame.number);
        });
      },
      jupyter_ensemble(found) { this.ensemble = Object.freeze(found); },
      jupyter_notice(told) { this.notice = told.words; },
      send(command) { this.act(command); },
      pressed(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || ism.typing(event) || !this.frame) return;
        const onButton = /^(BUTTON|SUMMARY|A|CANVAS)$/.test(event.target.tagName);
        const deed = {
          ' ': onButton ? null : { do: 'play', on: !this.frame.playing },
          ArrowRight: event.target.tagName === 'CANVAS' ? null : { do: 'step', hours: event.shiftKey ? 8 : 1 },
          i: { do: 'view', iceberg: !this.frame.view.iceberg },
          ...this.keys,
        }[event.key];
        if (!deed) return;
        event.preventDefault();
        this.send(deed);
      },
    },
  };

  /* When the server is gone, the page says so, looks for it, and comes back by itself, to what its address says. A
     server that still knows the page goes on with it; one that was started again does not, and the page is loaded. */
  const STOPPED = 'The dashboard has stopped. Start it again with “ism dashboard”, where it ran before: then this page comes back by itself.';
  const LOCKED = 'The dashboard runs again, but does not know this browser any more. Open the address that “ism dashboard” has printed.';
  const PATIENCE = 30000;
  const BETWEEN = 5000;
  let lost = null;
  let tried = 0;
  function say(words) {
    const box = document.getElementById('ism-gone') || document.body.appendChild(document.createElement('div'));
    box.id = 'ism-gone';
    box.setAttribute('role', 'alert');
    box.hidden = !words;
    if (box.textContent !== words) box.textContent = words;
  }
  function back() {
    const kernel = window.app.wasConnected && solara.debug && solara.debug.kernel();
    if (kernel && !kernel.isDisposed && Date.now() - tried > BETWEEN) {
      tried = Date.now();
      kernel.reconnect().catch(() => {});
    } else if (Date.now() - lost > PATIENCE) location.reload();
  }
  async function look() {
    if (!window.app || window.app.connectionStatus === 'connected') {
      if (lost) say('');
      lost = null;
      return;
    }
    lost = lost || Date.now();
    try {
      const answer = await fetch(solara.rootPath + '/readyz', { cache: 'no-store' });
      if (answer.ok) back();
      else say(answer.status === 403 ? LOCKED : STOPPED);
    } catch (unreachable) {
      say(STOPPED);
    }
  }
  setInterval(look, 1500);

  return {
    player: player,
    /* Tell the address of a part of what is seen; what a frame says that was made before the last step back is old. */
    at: function (part, went) {
      if (went !== undefined && went < at.went) return;
      Object.assign(at, part);
      settle();
    },
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
