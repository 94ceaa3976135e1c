'use strict';
// One telephone: it shows what the server says it shows, whole each time, and sends what somebody decides.
// Texts are only ever set as text, never as markup.

const page = document.getElementById('page');
const LOST = 'The connection is lost. This page tries again by itself.';
let seen = null;        // what the server said last
let shown = '';         // which screen is drawn
let deciding = '';      // the moment whose form is drawn
let predicting = '';    // the question whose form is drawn
let source = null;
let until = null;       // when the clock runs out, by this telephone's own

function made(tag, looks, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(looks || {})) {
    if (name === 'text') element.textContent = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (typeof value === 'boolean') element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function say(words) { document.getElementById('said').textContent = words; }

async function sent(path, what) {
  try {
    const answer = await fetch(path, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(what), credentials: 'same-origin',
    });
    const found = await answer.json();
    return answer.ok ? { ok: true } : { ok: false, problem: found.problem || LOST };
  } catch {
    return { ok: false, problem: LOST };
  }
}

// ---------------------------------------------------------------- the door

function notice() {
  const kept = ['what you decide, why, how many readers you expect, and how long it took, under the name of a tree',
    'never your name: what you type is shown here and to whoever leads the room, and is in no file',
    'nothing about your telephone, but the address it has in this network, while the session lasts'];
  return made('div', { class: 'notice' },
    made('p', { text: 'What is kept, on the machine of whoever leads this room:' }),
    made('ul', {}, ...kept.map((text) => made('li', { text }))),
    made('p', { text: '“Leave” deletes it at once; the world is then simulated again without you. Nothing goes to the internet.' }));
}

function door(problem) {
  stop();
  shown = 'door';
  const linked = location.hash.slice(1, 5).toUpperCase();
  const code = made('input', { class: 'code', id: 'code', maxlength: '4', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', required: true, value: linked });
  const name = made('input', { id: 'name', maxlength: '24', autocomplete: 'off', spellcheck: 'false', placeholder: 'or nothing: then a tree' });
  const trouble = made('p', { class: 'trouble', role: 'alert', hidden: !problem, text: problem || '' });
  const form = made('form', { class: 'stack', onsubmit: async (event) => {
    event.preventDefault();
    const joined = await sent('/api/join', { code: code.value, name: name.value });
    if (joined.ok) start();
    else { trouble.textContent = joined.problem; trouble.hidden = false; }
  } },
    made('label', { class: 'field' }, made('span', { text: 'The four letters on the screen' }), code),
    made('label', { class: 'field' }, made('span', { text: 'A name, if you like. Not your own.' }), name),
    trouble,
    made('button', { class: 'main-button', text: 'Take a seat' }),
    notice());
  page.replaceChildren(
    made('h1', { text: 'Take a seat' }),
    made('p', { class: 'soft', text: 'You play one member of a made-up organisation. When they have something to say, you decide.' }),
    made('div', { class: 'card' }, form));
}

// ---------------------------------------------------------------- the line

function stop() {
  if (source) source.close();
  source = null;
}

function start() {
  stop();
  source = new EventSource('/api/news');
  source.onmessage = (event) => { show(JSON.parse(event.data)); };
  source.addEventListener('gone', () => check());
  source.onerror = () => { line(LOST); if (source && source.readyState === EventSource.CLOSED) setTimeout(check, 2000); };
}

async function check() {
  stop();
  try {
    const answer = await fetch('/api/me', { credentials: 'same-origin' });
    const now = answer.ok ? await answer.json() : null;
    if (now === null) setTimeout(check, 3000);
    else if (now.seated === false) door('');
    else { show(now); start(); }
  } catch {
    line(LOST);
    setTimeout(check, 3000);
  }
}

function line(words) {
  const place = document.getElementById('line');
  if (place) { place.textContent = words; place.hidden = !words; }
}

// ---------------------------------------------------------------- the seat

function seat() {
  shown = 'seat';
  deciding = predicting = '';
  page.replaceChildren(
    made('header', { class: 'top' }, made('div', { class: 'who', id: 'who' }), made('progress', { id: 'bar', max: '1', value: '0', hidden: true, 'aria-label': 'Time left' })),
    made('p', { class: 'trouble', id: 'line', role: 'status', hidden: true }),
    made('section', { id: 'state', 'aria-label': 'Where the session stands' }),
    made('section', { id: 'ask', 'aria-label': 'What is on your mind' }),
    made('section', { id: 'imagined', 'aria-label': 'Whom your member imagined' }),
    made('section', { id: 'predict', 'aria-label': 'Predict' }),
    made('section', { id: 'feed', 'aria-label': 'Your page' }),
    made('footer', { class: 'foot' }, made('span', { class: 'soft', id: 'called' }), made('button', { class: 'quiet', text: 'Leave, and delete what is kept', onclick: leave })));
}

async function leave() {
  if (!confirm('Leave, and delete all that you did here?')) return;
  const left = await sent('/api/leave', {});
  if (left.ok) door('You have left. Nothing of you is kept.');
  else line(left.problem);
}

function show(now) {
  seen = now;
  if (shown !== 'seat') seat();
  line('');
  until = now.left === null ? null : Date.now() + 1000 * now.left;
  who(now);
  state(now);
  ask(now.asked);
  showImagined(now);
  predict(now.predict);
  feed(now);
  document.getElementById('called').textContent = now.name === now.called ? `You are ${now.called}.` : `You are ${now.name}; in files ${now.called}.`;
}

function who(now) {
  const member = now.member;
  document.getElementById('who').replaceChildren(
    made('span', { class: 'face', 'aria-hidden': 'true', text: member ? member.initials : '…' }),
    made('div', {},
      made('h1', { text: member ? member.name : 'You have a seat' }),
      made('small', { text: member ? `${member.title || member.role}, ${member.department}` : 'Your member comes with the session.' }),
      member && member.manager ? made('small', { text: `Manager: ${member.manager.name}` }) : null),
    made('div', { class: 'clock' }, made('b', { id: 'clock' }), ...now.time.split(',')[0].split(' ').map((text) => made('small', { text }))));
  tick();
}

function tick() {
  const clock = document.getElementById('clock');
  const bar = document.getElementById('bar');
  if (!clock || !seen) return;
  const running = seen.asked && until !== null;
  const left = running ? Math.max(0, seen.phase === 'playing' ? (until - Date.now()) / 1000 : seen.left) : 0;
  clock.textContent = running ? `${Math.ceil(left)} s` : '';
  bar.hidden = !running;
  bar.value = running ? left / seen.clock : 0;
}
setInterval(tick, 250);

const STATES = {
  preparing: ['A session is being prepared', 'Keep this page open. Nothing to do yet.'],
  lobby: ['You are in', 'The session begins soon. Keep this page open.'],
  paused: ['The time stands still', 'Whoever leads the room has paused.'],
  over: ['The session is over', 'Look at the screen in front: there is the mirror.'],
};

function state(now) {
  const place = document.getElementById('state');
  const words = STATES[now.phase];
  if (now.phase === 'over' && now.story) { place.replaceChildren(story(now.story)); return; }
  place.replaceChildren(...(words ? [made('div', { class: 'card' }, made('h2', { text: words[0] }), made('p', { class: 'soft', text: words[1] }))] : []));
}

function story(mine) {
  const times = (number) => (number === 1 ? 'once' : number === 2 ? 'twice' : `${number} times`);
  const decided = mine.moments === 1 ? 'one moment' : `${mine.moments} moments`;
  return made('div', { class: 'card stack' },
    made('h2', { text: 'The session is over' }),
    mine.moments ? made('div', { class: 'story' },
      made('p', {}, made('b', { text: String(mine.said) }), 'you said it here'),
      made('p', {}, made('b', { text: String(mine.would_say) }), 'your member would have, by the model')) : made('p', { text: 'You decided nothing; your member did.' }),
    mine.moments ? made('p', { class: 'soft', text: `Of ${decided}, you did ${mine.same ? `just what your member would have ${times(mine.same)}` : 'something else each time'}. One person is one story: look at the screen in front.` }) : null);
}

// ---------------------------------------------------------------- a moment

function pick(group, key, words, further, chosen) {
  return made('label', { class: 'pick' },
    made('input', { type: 'radio', name: group, value: key, disabled: further.closed === true, onchange: chosen }),
    made('span', {}, words, further.small ? made('small', { text: further.small }) : null));
}

function ask(asked) {
  const place = document.getElementById('ask');
  const moment = asked ? asked.moment : '';
  if (moment === deciding) return;
  deciding = moment;
  if (!asked) { place.replaceChildren(); scrollTo({ top: 0 }); return; }
  say('Something is on your mind. What do you do?');
  if (navigator.vibrate) navigator.vibrate(120);
  place.replaceChildren(form(asked));
  scrollTo({ top: 0 });
}

function form(asked) {
  const chosen = { way: null, motive: '', guess: null };
  const number = made('output', { id: 'readers', text: '?' });
  const slider = made('input', { type: 'range', min: '0', max: String(Math.max(1, asked.possible)), value: String(Math.round(asked.possible / 2)), 'aria-label': `Readers, of ${asked.possible}`, oninput: () => { chosen.guess = Number(slider.value); number.textContent = slider.value; } });
  const send = made('button', { class: 'main-button', text: 'Decide', disabled: true });
  const trouble = made('p', { class: 'trouble', role: 'alert', hidden: true });
  const held = made('fieldset', { hidden: true }, made('legend', { text: 'What held you back?' }),
    ...asked.motives.map((each) => pick('motive', each.key, each.words, {}, () => { chosen.motive = each.key; })),
    pick('motive', '', 'I would rather not say', {}, () => { chosen.motive = ''; }));
  const ways = asked.ways.map((each) => pick('way', each.key, each.words, { closed: !each.open, small: each.open ? '' : 'not possible here' }, () => {
    chosen.way = each.key;
    held.hidden = each.spoken;
    send.disabled = false;
  }));
  return made('form', { class: 'card', onsubmit: async (event) => {
    event.preventDefault();
    send.disabled = true;
    const taken = await sent('/api/answer', { moment: asked.moment, way: chosen.way, motive: held.hidden ? null : chosen.motive || null, guess: chosen.guess });
    if (!taken.ok) { trouble.textContent = taken.problem; trouble.hidden = send.disabled = false; }
  } },
    made('h2', { text: `You would like to ${asked.kind}` }),
    made('p', { class: 'soft', text: asked.issue }),
    asked.about ? made('div', { class: 'quote' }, made('b', { text: asked.about.name }), `: ${asked.about.text}`) : null,
    made('p', { class: 'mind', text: asked.text }),
    made('fieldset', {}, made('legend', { text: 'Who do you think would read it?' }),
      made('div', { class: 'number' }, slider, number),
      made('p', { class: 'soft', text: `of ${asked.possible} who look in; it would go to ${asked.audience}` })),
    made('fieldset', {}, made('legend', { text: 'What do you do?' }), ...ways),
    held, trouble,
    made('div', { class: 'send' }, send));
}

function showImagined(now) {
  const place = document.getElementById('imagined');
  const it = now.imagined;
  if (!it || now.asked || now.phase === 'over') { place.replaceChildren(); return; }
  const above = [it.manager ? `the line manager ${it.manager}` : '', `executives ${it.executives}`].filter(Boolean).join(', ');
  place.replaceChildren(made('div', { class: 'card stack', role: 'status' },
    made('h2', { text: 'Decided. Who would read it?' }),
    made('div', { class: 'story' },
      made('p', {}, made('b', { text: it.guess === null ? '–' : String(it.guess) }), 'you expected'),
      made('p', {}, made('b', { text: String(it.readers) }), 'your member imagines')),
    made('p', { class: 'soft', text: `Of ${it.possible} who look in. Chances that they read it, as your member sees it: ${above}.` })));
}

// ---------------------------------------------------------------- predict

function predict(round) {
  const place = document.getElementById('predict');
  const key = round ? `${round.number} ${round.phase} ${JSON.stringify(round.mine)}` : '';
  if (key === predicting) return;
  predicting = key;
  if (!round) { place.replaceChildren(); return; }
  const body = round.phase === 'voting' ? vote(round) : round.revealed ? revealed(round) : made('p', { class: 'soft', text: 'The guessing is over. The runs are being made.' });
  place.replaceChildren(made('div', { class: 'card stack' }, made('h2', { text: round.question.text }), body));
}

function rounded(round, number) { return Number(number).toFixed(round.question.step < 1 ? 1 : 0); }

function vote(round) {
  const { most, step, unit } = round.question;
  const values = round.mine || [0.5, 0.3, 0.7].map((part) => Math.round((part * most) / step) * step);
  const trouble = made('p', { class: 'trouble', role: 'alert', hidden: true });
  const rows = [['My guess', 0], ['80% sure: at least', 1], ['80% sure: at most', 2]].map(([words, n]) => {
    const output = made('output', { text: rounded(round, values[n]) });
    const slider = made('input', { type: 'range', min: '0', max: String(most), step: String(step), value: String(values[n]), 'aria-label': words, oninput: () => {
      values[n] = Number(slider.value);
      if (n === 0) { values[1] = Math.min(values[1], values[0]); values[2] = Math.max(values[2], values[0]); }
      if (n === 1) { values[0] = Math.max(values[0], values[1]); values[2] = Math.max(values[2], values[1]); }
      if (n === 2) { values[0] = Math.min(values[0], values[2]); values[1] = Math.min(values[1], values[2]); }
      rows.forEach((row, m) => { row.slider.value = String(values[m]); row.output.textContent = rounded(round, values[m]); });
    } });
    return { slider, output, row: made('div', {}, made('span', { class: 'soft', text: words }), made('div', { class: 'number' }, slider, output)) };
  });
  return made('form', { class: 'stack', onsubmit: async (event) => {
    event.preventDefault();
    const taken = await sent('/api/vote', { guess: values });
    trouble.textContent = taken.problem || '';
    trouble.hidden = taken.ok;
  } }, made('p', { class: 'soft', text: unit }), ...rows.map((each) => each.row), trouble,
    made('button', { class: 'main-button', text: round.mine ? 'Change my guess' : 'Send my guess' }),
    round.mine ? made('p', { class: 'soft', role: 'status', text: 'Your guess is in. You may change it until the reveal.' }) : null);
}

function revealed(round) {
  const it = round.revealed;
  const mine = it.held === null ? 'You did not guess.' : it.held ? 'It lies in your range.' : 'It lies outside your range.';
  const range = it.interval ? ` (95% interval ${rounded(round, it.interval[0])} to ${rounded(round, it.interval[1])})` : '';
  return made('div', { class: 'stack' },
    made('p', {}, made('b', { text: `${rounded(round, it.mean)} ${round.question.unit}` }), range),
    made('p', { text: `${mine} The room’s middle guess was ${rounded(round, it.median)}.` }));
}

// ---------------------------------------------------------------- the feed

function feed(now) {
  const place = document.getElementById('feed');
  if (!now.member) { place.replaceChildren(); return; }
  const cards = now.page.map(card);
  place.replaceChildren(
    made('h2', { class: 'part', text: 'Your page' }),
    made('p', { class: 'soft', text: cards.length ? 'What your member read at their last visit, in that order.' : 'Your member has not found anything new so far.' }),
    made('ul', { class: 'feed' }, ...cards));
}

function card(each) {
  const counts = [each.likes === null ? '' : `${each.likes} ${each.likes === 1 ? 'like' : 'likes'}`,
    `${each.comments} ${each.comments === 1 ? 'reply' : 'replies'}`, each.seen === null ? '' : `seen by ${each.seen}`, each.to || ''].filter(Boolean);
  const place = [each.title, each.department].filter(Boolean).join(', ');
  return made('li', { class: 'card' },
    made('div', { class: 'by' },
      made('span', { class: `face small${each.leader ? ' leader' : ''}`, 'aria-hidden': 'true', text: each.initials }),
      made('div', {}, made('b', { text: each.name }), made('small', { text: [each.leader ? 'leader' : '', place, each.when].filter(Boolean).join(' · ') }))),
    each.answers ? made('p', { class: 'quote' }, made('b', { text: each.answers.name }), `: ${each.answers.text}`) : null,
    made('p', { text: each.text }),
    made('p', { class: 'counts', text: counts.join(' · ') }));
}

check();
