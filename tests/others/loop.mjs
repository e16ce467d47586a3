// fhir-kit-client plays the loop for both sides. It reads what to do from its standard input, as JSON, and prints what
// it saw, as JSON.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Client } from 'fhir-kit-client';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// RFC 7523: a program says who it is by a text that it signed
function assertion({ clientId, key }, audience) {
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID() };
  const exp = Math.floor(Date.now() / 1000) + 240;
  const said = `${part({ alg: 'ES384', kid: key.kid })}.${part({ ...claims, exp })}`;
  const signing = { key: createPrivateKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  return `${said}.${sign('sha384', Buffer.from(said), signing).toString('base64url')}`;
}

async function clientOf(program, baseUrl, scope) {
  const client = new Client({ baseUrl });
  const { tokenUrl } = await client.smartAuthMetadata();
  const asked = { grant_type: 'client_credentials', scope, client_assertion_type: ASSERTION };
  const form = new URLSearchParams({ ...asked, client_assertion: assertion(program, tokenUrl.href) });
  const answer = await fetch(tokenUrl, { method: 'POST', body: form });
  client.bearerToken = (await answer.json()).access_token;
  return client;
}

const { baseUrl, scope, clinic, pantry, wanted, bundle, output } = JSON.parse(await text(process.stdin));
const asks = await clientOf(clinic, baseUrl, scope);
const helps = await clientOf(pantry, baseUrl, scope);

const found = await asks.resourceSearch({ resourceType: 'HealthcareService', searchParams: wanted });
bundle.entry[2].resource.owner = { reference: `HealthcareService/${found.entry[0].resource.id}` };
const made = await asks.transaction({ body: bundle });
const [, id] = made.entry[2].response.location.split('/');

const seen = [];
for (const status of ['accepted', 'in-progress', 'completed']) {
  const task = await helps.read({ resourceType: 'Task', id });
  const headers = { 'If-Match': `W/"${task.meta.versionId}"` };
  const body = { ...task, status, ...(status === 'completed' ? { output } : {}) };
  await helps.update({ resourceType: 'Task', id, body, options: { headers } });
  seen.push((await asks.read({ resourceType: 'Task', id })).status);
}

const heard = await asks.resourceSearch({ resourceType: 'Task', searchParams: { _id: id, _include: 'Task:focus' } });
const task = heard.entry[0].resource;
const request = await asks.resolve({ reference: task.focus.reference });
const person = await helps.resolve({ reference: task.for.reference });
const history = await asks.history({ resourceType: 'Task', id });
const stale = await helps
  .update({ resourceType: 'Task', id, body: task, options: { headers: { 'If-Match': 'W/"1"' } } })
  .catch((error) => error.response.status);
const family = person.name[0].family;
console.log(JSON.stringify({ seen, request: request.status, family, versions: history.entry.length, stale }));
