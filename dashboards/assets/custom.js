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
    window.dispatchEvent(new Event('ism-kept'));
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

  /* For the last row of a room, as long as this tab is open: what is shown is chosen by the pages, by `data-projector`. */
  function projecting() {
    return 'projector' in root.dataset;
  }
  function project(on) {
    try { sessionStorage.setItem('ism.projector', on ? 'yes' : ''); } catch (refused) { /* a private window */ }
    if (on) root.dataset.projector = '';
    else delete root.dataset.projector;
    colours = {};
    window.dispatchEvent(new Event('ism-paint'));
    return on;
  }
  try { if (sessionStorage.getItem('ism.projector')) root.dataset.projector = ''; } catch (refused) { /* a private window */ }

  /* Keys. Space plays wherever nothing is written; only a control that the Tab key has led to keeps its own use of it:
     who clicks a lever and then presses space wants the world to go on. */
  const CONTROL = /^(A|BUTTON|CANVAS|INPUT|SELECT|SUMMARY)$/;
  const MARKED = /^(button|checkbox|color|file|image|radio|range|reset|submit)$/;
  let tabbed = false;
  window.addEventListener('pointerdown', () => { tabbed = false; }, true);
  window.addEventListener('keydown', (event) => { if (event.key === 'Tab') tabbed = true; }, true);
  function writing(at) {
    return at.isContentEditable || at.tagName === 'TEXTAREA' || (at.tagName === 'INPUT' && !MARKED.test(at.type));
  }
  function keeps(key, at) {
    if (writing(at)) return true;
    if (key === ' ') return tabbed && CONTROL.test(at.tagName);
    if (key.startsWith('Arrow')) return /^(CANVAS|INPUT|SELECT)$/.test(at.tagName);
    return at.tagName === 'SELECT';
  }

  /* The address of the page: what the world is and how it is seen (told by frames), the room, and about whom is asked.
     What somebody does on purpose is a step that the browser's Back takes back; time that goes on is none. */
  const PASSING = ['day', 'colour', 'layout', 'issue', 'against'];
  const LOOKS = ['iceberg', 'tab', 'why'];
  const ONE_MOVE = 1500;
  const at = { world: null, went: 0, moved: 0, depth: 0, ...where() };
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
    return [...new URLSearchParams(query)].filter(([name]) => !PASSING.includes(name)).map((each) => each.join('=')).sort();
  }
  function turn(how) {
    clearTimeout(later);
    later = null;
    const query = written();
    if (location.search === query) return;
    at.depth += how === 'pushState';
    history[how]({ top: 0, depth: at.depth }, '', query || location.pathname);
  }
  /* A browser refuses to have its address changed a hundred times a minute: time that goes on is told now and then. */
  function settle() {
    const now = step(written()), before = step(location.search);
    if (now.join() !== before.join()) {
      /* A lever that is still being dragged is one step. */
      const moved = !LOOKS.some((name) => now.concat(before).some((each) => each.startsWith(name + '=') && now.includes(each) !== before.includes(each)));
      const dragged = moved && Date.now() - at.moved < ONE_MOVE;
      at.moved = moved ? Date.now() : 0;
      turn(dragged ? 'replaceState' : 'pushState');
    }
    else later = later || setTimeout(() => turn('replaceState'), 700);
  }
  /* Heard before, and instead of, the library's own listener, which may add steps of its own. */
  window.addEventListener('popstate', (event) => {
    event.stopImmediatePropagation();
    clearTimeout(later);
    later = null;
    Object.assign(at, { world: null, went: at.went + 1, depth: (event.state && event.state.depth) || 0, ...where() });
    window.dispatchEvent(new CustomEvent('ism-went', { detail: { number: at.went, query: location.search } }));
  }, true);

  /* What every page before a hub does: hear frames and keys, send commands. */
  const player = {
    mounted() {
      this.hear = (event) => this.pressed(event);
      this.release = (event) => { if (event.key === ' ' && this.spaced) event.preventDefault(); };
      window.addEventListener('keydown', this.hear);
      window.addEventListener('keyup', this.release);  // a button is pressed when its key comes up
      this.ready({});
    },
    destroyed() {
      window.removeEventListener('keydown', this.hear);
      window.removeEventListener('keyup', this.release);
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
        this.spaced = false;
        if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !event.shiftKey && !writing(event.target)) {
          event.preventDefault();
          ism.undo();
          return;
        }
        if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || keeps(event.key, event.target) || !this.frame) return;
        const deed = {
          ' ': event.repeat ? null : { do: 'play', on: !this.frame.playing },
          ArrowRight: { do: 'step', hours: event.shiftKey ? 8 : 1 },
          i: { do: 'view', iceberg: !this.frame.view.iceberg },
          ...this.keys,
        }[event.key];
        if (!deed && event.key !== ' ') return;
        event.preventDefault();
        this.spaced = event.key === ' ';
        if (deed) this.send(deed);
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
    steps: function () { return at.went; },
    /* Take back the last thing that was done on purpose: what the browser's Back does, as long as it is of this page. */
    undo: function () { if (at.depth) history.back(); },
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
    /* So many shades from low over the middle to high. */
    shades: function (count) {
      const parts = ['--low', '--middle', '--high'].map((name) => this.colour(name).match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16)));
      return Array.from({ length: count }, (_, n) => {
        const t = (2 * n) / (count - 1), from = parts[t < 1 ? 0 : 1], to = parts[t < 1 ? 1 : 2], part = t < 1 ? t : t - 1;
        return 'rgb(' + from.map((value, i) => Math.round(value + (to[i] - value) * part)).join() + ')';
      });
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
    /* A number of things: `1 wish`, `1,204 wishes`. */
    count: function (number, one, many) { return number.toLocaleString('en') + ' ' + (number === 1 ? one : many || one + 's'); },
    /* Bring a part of a page into view, where it is not, and lead the keyboard to it. */
    reveal: function (part) {
      if (!part) return;
      if (!part.hasAttribute('tabindex')) part.tabIndex = -1;
      part.focus({ preventScroll: true });
      part.scrollIntoView({ block: 'center', behavior: window.ism.calm() ? 'auto' : 'smooth' });
    },
    projecting: projecting,
    project: project,
    /* Whether a key belongs to what it was pressed in. */
    keeps: function (event) { return keeps(event.key, event.target); },
    /* Go to a part of the page, without a step in the address. */
    focus: function (name) {
      const part = document.getElementById(name);
      if (part && !part.hasAttribute('tabindex')) part.tabIndex = -1;
      if (part) part.focus();
      return Boolean(part);
    },
  };
})();
