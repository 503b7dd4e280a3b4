// The player: the browser's own audio element, made comfortable. Without this script that element's controls stay.
(() => {
  "use strict";
  const speeds = [0.75, 1, 1.25, 1.5, 1.75, 2];
  const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  const triangle = icon("M8 5v14l11-7z");
  const bars = icon("M7 5h4v14H7zM13 5h4v14h-4z");
  const turn = (path, count) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/><text x="12" y="16.2">${count}</text></svg>`;
  const two = (number) => String(number).padStart(2, "0");
  const parts = (seconds) => [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const digits = (seconds) => {
    const [h, m, s] = parts(seconds);
    return (h ? h + ":" + two(m) : m) + ":" + two(s);
  };
  const words = (seconds) =>
    parts(seconds)
      .map((count, i) => (count || i === 2 ? `${count} ${["hour", "minute", "second"][i]}${count === 1 ? "" : "s"}` : ""))
      .filter(Boolean)
      .join(" ");
  const moment = (link) => Number(/#t=([\d.]+)$/.exec(link)?.[1] ?? NaN);
  const players = [];
  // Where somebody was in an episode, and how fast they listen: kept in this browser alone, and not at all where it keeps nothing.
  const key = "carillon.player";
  const most = 100; // episodes
  function remembered() {
    try {
      return { at: {}, ...JSON.parse(localStorage.getItem(key)) };
    } catch {
      return { at: {} };
    }
  }
  function remember(change) {
    const all = remembered();
    change(all);
    for (const id of Object.keys(all.at).slice(0, -most)) delete all.at[id];
    try {
      localStorage.setItem(key, JSON.stringify(all));
    } catch {}
  }

  function make(box) {
    const audio = box.querySelector("audio");
    const id = audio.src.split("/")[4];
    const small = box.classList.contains("small");
    const controls = document.createElement("div");
    controls.className = "controls";
    controls.setAttribute("role", "group");
    controls.setAttribute("aria-label", audio.getAttribute("aria-label"));
    const button = (name, label, inside) => `<button type="button" class="${name}" aria-label="${label}">${inside}</button>`;
    controls.innerHTML =
      (small ? "" : button("back", "Back 15 seconds", turn("M12 3V0L7 4l5 4V5a8 8 0 1 1-8 8H2A10 10 0 1 0 12 3z", 15))) +
      button("play", "Play", triangle) +
      (small ? "" : button("ahead", "Forward 30 seconds", turn("M12 3V0l5 4-5 4V5a8 8 0 1 0 8 8h2A10 10 0 1 1 12 3z", 30))) +
      `<div class="line"><input type="range" min="0" value="0" step="1" aria-label="Position"><span class="times"><span class="at"></span><span class="end"></span></span></div>` +
      (small ? "" : `<select aria-label="Speed">${speeds.map((speed) => `<option value="${speed}"${speed === 1 ? " selected" : ""}>${speed}×</option>`).join("")}</select>`) +
      `<p class="said" role="status"></p>`;
    const find = (selector) => controls.querySelector(selector);
    const play = find(".play"), range = find("input"), said = find(".said"), speed = find("select");
    let length = Number(box.dataset.seconds) || 0;
    let wanted = remembered().at[id] ?? null; // where to begin, before anything is loaded
    let noted = wanted ?? 0; // the place that is remembered
    let held = false; // the range is being dragged
    const now = () => wanted ?? audio.currentTime;
    const chapters = small ? [] : [...document.querySelectorAll(".chapters a[href*='#t=']")].map((link) => [moment(link.hash), link.closest("li")]);

    function show(at = now(), asked = false) {
      range.max = Math.max(1, Math.floor(length));
      range.value = at;
      // A screen reader on the range hears where it is when somebody moves it, not four times a second.
      if (asked || document.activeElement !== range) range.setAttribute("aria-valuetext", `${words(at)} of ${words(length)}`);
      find(".at").textContent = digits(at);
      find(".end").textContent = digits(length);
      const chapter = chapters.findLast?.(([start]) => start <= at + 0.3);
      for (const [, item] of chapters) {
        if (at > 0 && item === chapter?.[1]) item.setAttribute("aria-current", "true");
        else item.removeAttribute("aria-current");
      }
    }
    // The beginning and the end are where everybody begins.
    function note() {
      const at = Math.floor(now());
      if (at === noted) return;
      noted = at;
      remember((all) => {
        delete all.at[id];
        if (at >= 15 && (!length || at < length - 30)) all.at[id] = at;
      });
    }
    function seek(to) {
      to = Math.min(Math.max(to, 0), length || to);
      if (audio.readyState) audio.currentTime = to;
      else wanted = to;
      show(to, true);
    }
    function start() {
      if (audio.error) {
        wanted = now();
        audio.load();
      }
      audio.play().catch((error) => error.name === "AbortError" || fail());
    }
    function fail() {
      said.textContent = "The audio couldn't be loaded. Try again in a moment.";
      said.classList.add("seen");
    }

    play.onclick = () => (audio.paused ? start() : audio.pause());
    if (!small) {
      find(".back").onclick = () => seek(now() - 15);
      find(".ahead").onclick = () => seek(now() + 30);
      if (speeds.includes(remembered().speed)) speed.value = remembered().speed;
      speed.onchange = () => {
        audio.playbackRate = Number(speed.value);
        remember((all) => (all.speed = Number(speed.value)));
      };
    }
    range.oninput = () => ((held = true), show(Number(range.value), true));
    range.onchange = () => ((held = false), seek(Number(range.value)));
    range.onkeydown = (event) => {
      const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -60, PageUp: 60 }[event.key];
      if (!step) return;
      event.preventDefault();
      seek(now() + step);
    };
    const on = (names, act) => names.split(" ").forEach((name) => audio.addEventListener(name, act));
    on("loadedmetadata durationchange", () => {
      if (Number.isFinite(audio.duration)) length = audio.duration;
      if (wanted !== null && audio.readyState) [audio.currentTime, wanted] = [wanted, null];
      show();
    });
    on("timeupdate seeked", () => {
      if (!held) show();
      if (!audio.paused && Math.abs(now() - noted) >= 5) note();
    });
    on("pause ended", note);
    on("play pause ended", () => {
      play.innerHTML = audio.paused ? triangle : bars;
      play.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    });
    on("play", () => {
      players.forEach((other) => other.audio === audio || other.audio.pause());
      if (speed) audio.playbackRate = Number(speed.value);
      const { title, artist, picture } = box.dataset;
      const session = navigator.mediaSession;
      if (!session || !title) return;
      session.metadata = new MediaMetadata({ title, artist, artwork: picture ? [{ src: picture }] : [] });
      for (const [name, by] of [["seekbackward", -15], ["seekforward", 30]]) session.setActionHandler(name, () => seek(now() + by));
    });
    on("waiting", () => controls.classList.add("busy"));
    on("playing pause", () => {
      controls.classList.remove("busy");
      said.classList.remove("seen");
    });
    on("error", fail);

    audio.controls = false;
    audio.hidden = true;
    box.append(controls);
    box.classList.add("ready");
    players.push({ audio, seek, start, say: (text) => (said.textContent = text) });
    show();
  }

  async function copy(event, element) {
    const text = element.dataset.copy;
    event.preventDefault();
    if (element.href && navigator.share && matchMedia("(pointer: coarse)").matches) {
      try {
        return await navigator.share({ url: text });
      } catch (error) {
        if (error.name === "AbortError") return; // somebody thought better of it
      }
    }
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (element.href) open(element.href, "_blank", "noopener");
      return;
    }
    const label = element.textContent;
    if (label === "Copied") return;
    element.textContent = "Copied";
    players[0]?.say("Copied");
    setTimeout(() => (element.textContent = label), 2000);
  }

  document.querySelectorAll(".player").forEach(make);
  document.querySelectorAll("button[data-copy]").forEach((button) => (button.hidden = !navigator.clipboard));
  // A time in chapters, transcript or notes leads into the audio; here it moves the player.
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const copied = event.target.closest("[data-copy]");
    if (copied) return void copy(event, copied);
    const link = event.target.closest("a[href*='#t=']");
    const player = link && players.find(({ audio }) => audio.src === link.href.split("#")[0]);
    if (!player || Number.isNaN(moment(link.hash))) return;
    event.preventDefault();
    player.seek(moment(link.hash));
    player.start();
    player.say(`Playing from ${words(moment(link.hash))}`);
  });
  const begin = moment(location.hash);
  if (begin) players[0]?.seek(begin);
})();
