/* What a person who looks at a page would complain about. Each function returns the kinds of things it met and the complaints. */
(() => {
  const all = what => [...document.querySelectorAll(what)];
  const style = (el, pseudo) => getComputedStyle(el, pseudo);
  const shown = el => el.checkVisibility({visibilityProperty: true}) && !el.closest('.cie-hidden');
  const ground = () => style(document.body).backgroundColor;
  const name = el => `<${el.localName} class="${el.getAttribute('class') || ''}"> “${(el.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 50)}”`;

  const numbers = color => (color.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const isClear = color => color === 'transparent' || numbers(color)[3] === 0;
  const light = color => {
    const [r, g, b] = numbers(color).map(n => { n /= 255; return n <= .03928 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (one, two) => {
    const [high, low] = [light(one), light(two)].sort((a, b) => b - a);
    return (high + .05) / (low + .05);
  };
  const behind = el => {
    for (; el; el = el.parentElement) if (!isClear(style(el).backgroundColor)) return style(el).backgroundColor;
    return ground();
  };

  const texts = () => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const el = node.parentElement;
      if (!node.data.trim() || !shown(el) || ['SCRIPT', 'OPTION', 'TEXTAREA'].includes(el.tagName)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) found.push({el, box, words: node.data.trim()});
    }
    return found;
  };
  const dim = below => texts().filter(({el}) => !el.closest('svg') && contrast(style(el).color, below(el)) < 4.5);

  const edge = (el, pseudo) => {
    const found = style(el, pseudo);
    return found.display !== 'none' && found.content !== 'none' && ['Left', 'Top', 'Right', 'Bottom'].some(side => found[`border${side}Style`] !== 'none' &&
      parseFloat(found[`border${side}Width`]) >= 1 && !isClear(found[`border${side}Color`]) && found[`border${side}Color`] !== ground());
  };
  const HELD = ['.cie-button', '.cie-input', '.cie-panel', '.cie-next', '.cie-notice', '.cie-message', '.cie-note', '.cie-witness',
    '.cie-urgency', '.cie-count', '.cie-stat', '.cie-service', '.cie-errors', '.cie-preview', '.cie-field-error', '.cie-say',
    '.cie-bubble p', '.cie-mobile'];
  const DRAWN = [['.cie-row-late', '::before'], ['.cie-status', '::before'], ['.cie-event', '::after']];
  const PAIRS = [
    ['.cie-nav [aria-current]', '.cie-nav li > a:not([aria-current])', el => style(el).borderBottomColor],
    ['.cie-tabs [aria-current]', '.cie-tabs li > a:not([aria-current])', el => style(el).borderBottomColor],
    ['.cie-service:has(input:checked)', '.cie-service:has(input:not(:checked))', el => style(el).outlineStyle],
    ['.cie-event-key', '.cie-event:not(.cie-event-key)', el => style(el, '::after').borderTopWidth],
    ['.cie-button:not(.cie-button-second, .cie-button-stop)', '.cie-button-second', el => style(el).backgroundColor],
    ['.cie-bar-part', '.cie-bar-base', el => style(el).fill],
    ['.cie-note', '.cie-message', el => style(el).borderTopStyle],
  ];

  function forced() {
    const met = [], bad = [];
    for (const what of HELD) for (const el of all(what).filter(shown)) {
      met.push(what);
      if (!edge(el)) bad.push(`no edge: ${name(el)}`);
    }
    for (const [what, pseudo] of DRAWN) for (const el of all(what).filter(shown)) {
      met.push(what + pseudo);
      if (!edge(el, pseudo)) bad.push(`not drawn: ${pseudo} of ${name(el)}`);
    }
    for (const [one, other, look] of PAIRS) {
      const [first, second] = [all(one).find(shown), all(other).find(shown)];
      if (!first || !second) continue;
      met.push(one);
      if (look(first) === look(second)) bad.push(`${one} looks like ${other}`);
    }
    for (const base of all('.cie-bar-base')) if (style(base).stroke === ground()) bad.push('a bar without an edge');
    for (const {el, words} of dim(behind)) bad.push(`cannot be read: “${words.slice(0, 50)}” in ${name(el)}`);
    return {met, bad};
  }

  function zoomed() {
    const bad = [], lines = texts().filter(({el}) => !el.closest('.cie-scroll table tr'));
    if (document.documentElement.scrollWidth > innerWidth) bad.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const {el, box, words} of lines) {
      const held = el.closest('.cie-button, .cie-panel, .cie-input, .cie-service, .cie-bubble p, .cie-message, .cie-note');
      const room = held ? held.getBoundingClientRect() : {left: 0, right: innerWidth};
      if (box.right > room.right + 1 || box.left < room.left - 1 || box.right > innerWidth + 1) bad.push(`runs out: “${words}”`);
    }
    for (const el of all('body *').filter(shown)) {
      const {overflowX, overflowY} = style(el);
      if (overflowX === 'visible' || el.matches('.cie-scroll, textarea, input, select')) continue;
      if (el.scrollWidth > el.clientWidth + 1 || (overflowY !== 'visible' && el.scrollHeight > el.clientHeight + 1)) bad.push(`cut off: ${name(el)}`);
    }
    const pen = document.createElement('canvas').getContext('2d');
    for (const el of all('select').filter(shown)) {
      pen.font = style(el).font;
      const longest = pen.measureText(el.selectedOptions[0] ? el.selectedOptions[0].text : '').width;
      if (longest > el.clientWidth - 40) bad.push(`cut off: “${el.selectedOptions[0].text}” in a list`);
    }
    for (let i = 0; i < lines.length; i++) for (let j = i + 1; j < lines.length; j++) {
      const [a, b] = [lines[i], lines[j]];
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (across > 2 && down > Math.min(a.box.height, b.box.height) / 3) bad.push(`overlap: “${a.words}” and “${b.words}”`);
    }
    return {met: lines.map(({words}) => words), bad};
  }

  function printed() {
    const bad = all('button, nav, input[type=submit], .cie-button, .cie-footer, .cie-back, .cie-skip, .cie-exit, .cie-own')
      .filter(shown).map(el => `is printed: ${name(el)}`);
    for (const {el, words} of dim(() => 'rgb(255, 255, 255)')) bad.push(`light on paper: “${words}” in ${name(el)}`);
    return {met: [], bad};
  }

  function moving() {
    const slow = el => style(el).transitionDuration.split(',').some(time => parseFloat(time) > 0) && style(el).transitionProperty !== 'none';
    return {met: [], bad: all('*').filter(el => slow(el) || style(el).animationName !== 'none' || style(el).scrollBehavior !== 'auto').map(name)};
  }

  return {forced, zoomed, printed, moving};
})()
