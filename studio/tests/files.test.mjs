// Recordings on their way: what is taken, what is refused and why, and an upload that somebody paused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { devices, press, stage, stop, until } from './harness.mjs';

const { walk } = stage();

/** A recording as other programs export it. */
function exported(world, name, ...options) {
  const file = path.join(world.folder, name);
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-i', world.recording('source.wav', 2), ...options, file]);
  return file;
}
/** A file dropped into the window, as from a folder beside it. */
const drop = (page, file) =>
  page.evaluate(
    ([name, base64]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
      for (const type of ['dragenter', 'dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    },
    [path.basename(file), fs.readFileSync(file).toString('base64')],
  );
async function choose(page, button, file) {
  const chooser = page.waitForEvent('filechooser');
  await press(button);
  await (await chooser).setFiles(file);
}

for (const device of devices) {
  walk(`a file that isn’t accepted is named before anything is sent, on a ${device.name}`, { device }, async (visit) => {
    const { world } = visit;
    const show = visit.show();
    const page = await visit.signedIn();
    const sent = [];
    page.on('request', (request) => request.method() !== 'GET' && sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.goto(visit.studio(`/shows/${show}`));
    // The chooser offers what is taken, and nothing else.
    assert.match(await page.locator('input[type=file]').getAttribute('accept'), /^\.wav,.*\.m4a,.*audio\/\*/);
    const amr = world.text(`memo-${visit.number}.amr`, '#!AMR\n');
    await choose(page, page.getByRole('button', { name: 'Choose a recording' }), amr);
    const sentence = (name, what) => page.getByText(`“${name}” is ${what}. This format isn’t supported. Export the recording as WAV, MP3, M4A or FLAC.`);
    await sentence(path.basename(amr), 'an AMR file (often from an old phone)').waitFor();
    await stop(page);
    // Whatever its name promises, and however it gets here.
    const lies = path.join(world.folder, `lies-${visit.number}.mp3`);
    fs.copyFileSync(exported(world, `talk-${visit.number}.avi`), lies);
    await drop(page, lies);
    await sentence(path.basename(lies), 'an AVI video').waitFor();
    await drop(page, world.text(`notes-${visit.number}.wav`, 'Dear diary'));
    await page.getByText('is a text file, not a recording.').waitFor();
    await drop(page, world.text(`nothing-${visit.number}.wav`, ''));
    await page.getByText('is empty (0 bytes).').waitFor();
    assert.deepEqual(sent, [], 'nothing was created or sent');
    assert.deepEqual(world.json('episode', 'list', '--show', show), []);

    // On the page of an episode, too; another file is then taken.
    const { id } = await visit.api(page, 'POST', `/shows/${show}/episodes`, { title: 'A memo' });
    await page.goto(visit.studio(`/episodes/${id}`));
    sent.length = 0;
    await choose(page, page.getByRole('region', { name: 'Recording' }).getByRole('button', { name: 'Choose a recording' }), amr);
    await sentence(path.basename(amr), 'an AMR file (often from an old phone)').waitFor();
    assert.deepEqual(sent, []);
    await choose(page, page.getByRole('button', { name: 'Choose another file' }), exported(world, `good-${visit.number}.m4a`, '-c:a', 'aac'));
    await page.getByText(/0:02 ·/).waitFor();
    assert.equal(await page.getByText('isn’t supported').count(), 0);
  });
}

walk('a refused recording says why, also after another try and in a page that is loaded anew', async (visit) => {
  const { world } = visit;
  const { id } = visit.episode(visit.show(), 'A bell', 2);
  const page = await visit.signedIn();
  const reason = page.getByText('a sample rate of 1000 Hz');
  await page.goto(visit.studio(`/episodes/${id}`));
  await choose(page, page.getByRole('button', { name: 'Replace recording' }), world.recording(`slow-${visit.number}.wav`, 2, { rate: 1000 }));
  await reason.waitFor();
  const jobs = async () => (await visit.api(page, 'GET', '/jobs')).items.filter((one) => one.subject === id && one.kind === 'ingest');
  const finished = async () => (await jobs())[0].finished;
  const before = await finished();
  await page.getByRole('button', { name: 'Try again' }).click();
  await until(async () => (await finished()) && (await finished()) !== before, 'it is tried again');
  assert.equal((await jobs())[0].state, 'failed', 'and refused again');
  await reason.waitFor();
  await page.reload();
  await reason.waitFor();
  await page.getByText(/0:02 ·/).waitFor();
  assert.equal(world.json('episode', 'show', id).state, 'published', 'listeners keep what they have');
  // Another recording ends that.
  await choose(page, page.getByRole('button', { name: 'Choose a recording' }), world.recording(`good-${visit.number}.wav`, 4));
  await page.getByText(/0:04 ·/).waitFor();
  assert.equal(await reason.count(), 0);
  await page.reload();
  await page.getByText(/0:04 ·/).waitFor();
  assert.equal(await reason.count(), 0);
});

walk('a paused upload stays paused in a page that is loaded anew, and goes on from there', { expected: /net::ERR|Failed to load/ }, async (visit) => {
  const { world } = visit;
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${visit.show()}`));
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: 8e6, uploadThroughput: 3e6 });
  await choose(page, page.getByRole('button', { name: 'Choose a recording' }), world.recording(`long-${visit.number}.wav`, 60, { rate: 96_000, channels: 2 }));
  const bar = page.getByRole('progressbar');
  const share = async () => Number(await bar.getAttribute('aria-valuenow'));
  // At least one piece has arrived.
  await until(async () => (await bar.count()) && (await share()) >= 50, 'half of it is sent');
  await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
  await page.getByText(/^Paused at /).waitFor();
  const paused = await page.getByText(/^Paused at /).innerText();
  const offsets = [];
  page.on('request', (request) => request.method() === 'PATCH' && /uploads/.test(request.url()) && offsets.push(Number(request.headers()['upload-offset'])));
  for (const load of [() => page.reload(), () => page.goto(visit.studio('/'))]) {
    await load();
    await page.getByText(/^Paused at /).waitFor();
    assert.equal(await page.getByText(/^Paused at /).innerText(), paused);
  }
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  assert.deepEqual(offsets, [], 'nothing was sent by itself');
  await page.getByRole('button', { name: 'Resume' }).click();
  await until(() => offsets.length > 0, 'it goes on');
  assert.ok(offsets[0] >= 8 * 1024 * 1024, `from ${offsets[0]}, not from the start`);
  await until(async () => (await page.getByRole('button', { name: 'Resume' }).count()) === 0 && (await bar.count()) === 0, 'it has arrived', 300_000);
});

walk('a transcript in another encoding is read right or refused, never garbled', { expected: /400|415|422/ }, async (visit) => {
  const { id } = visit.episode(visit.show(), 'A bell', 2, '--draft');
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/episodes/${id}`));
  const stored = () => page.evaluate(async (id) => { const answer = await fetch(`/api/v1/episodes/${id}/transcripts/en`); return answer.ok ? answer.text() : ''; }, id);
  const vtt = 'WEBVTT\n\n00:00.000 --> 00:01.000\nGr\u00fc\u00dfe aus dem Hafen\n';
  await choose(page, page.getByRole('button', { name: 'Add transcript' }), { name: 'bell.vtt', mimeType: 'text/vtt', buffer: Buffer.from(vtt, 'latin1') });
  await page.getByText('Transcript added.').first().waitFor();
  assert.match(await stored(), /Gr\u00fc\u00dfe/);
  await page.getByText('The file was in windows-1252 and was converted to UTF-8.').waitFor();
  await choose(page, page.getByRole('button', { name: 'Add transcript' }), { name: 'bell.vtt', mimeType: 'text/vtt', buffer: Buffer.from(vtt) });
  await page.getByText('windows-1252').waitFor({ state: 'detached' });
  await until(async () => /Gr\u00fc\u00dfe/.test(await stored()), 'it is stored as it was written');
});

walk('an encoding that nothing tells is chosen by what can be read', { expected: /422/ }, async (visit) => {
  const { id } = visit.episode(visit.show(), 'A bell', 2, '--draft');
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/episodes/${id}`));
  // "Za\u017c\u00f3\u0142\u0107" in Windows-1250, in a show in English.
  const srt = Buffer.concat([Buffer.from('1\n00:00:00,000 --> 00:00:01,000\n'), Buffer.from([0x5a, 0x61, 0xbf, 0xf3, 0xb3, 0xe6]), Buffer.from('\n')]);
  await choose(page, page.getByRole('button', { name: 'Add transcript' }), { name: 'bell.srt', mimeType: 'application/x-subrip', buffer: srt });
  const dialog = page.getByRole('dialog', { name: 'Which text is right?' });
  await dialog.getByText('Za\u017c\u00f3\u0142\u0107').click();
  await dialog.getByRole('button', { name: 'Use this text' }).click();
  await page.getByText('Transcript added.').first().waitFor();
  const stored = await page.evaluate(async (id) => (await fetch(`/api/v1/episodes/${id}/transcripts/en`)).text(), id);
  assert.match(stored, /Za\u017c\u00f3\u0142\u0107/);
});

walk('chapters are imported, or taken from the notes when that is wanted', async (visit) => {
  const { id } = visit.episode(visit.show(), 'A bell', 8, '--draft');
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/episodes/${id}`));
  await page.getByRole('textbox', { name: 'Notes' }).fill('0:01 The tower\n0:04 The bell');
  await page.getByRole('button', { name: 'Use the 2 times in the notes' }).click();
  await page.getByText('Chapters imported.').first().waitFor();
  const titles = () => page.getByLabel('Chapter title').evaluateAll((all) => all.map((one) => one.value));
  await until(async () => (await titles()).join() === 'The tower,The bell', 'the notes\u2019 chapters');
  await choose(page, page.getByRole('button', { name: 'Import chapters' }), { name: 'bell.txt', mimeType: 'text/plain', buffer: Buffer.from('0:05 Second\n0:00 First\n') });
  await until(async () => (await titles()).join() === 'First,Second', 'the file\u2019s chapters');
  await page.getByText('One entry wasn\u2019t in chronological order').or(page.getByText("One entry wasn't in chronological order")).first().waitFor();
  await page.reload();
  await until(async () => (await titles()).join() === 'First,Second', 'they are stored');
});
