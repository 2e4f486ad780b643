import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { deploy, filesOfProject } from './image.ts';

/* The manifests of examples/deploy/kubernetes, by what Kubernetes makes of them. */

export const folder = join(deploy, 'kubernetes');

// Read as it comes: the tests say what has to be there, and a missing part fails them.
export type Manifest = ReturnType<typeof JSON.parse>;

export const kustomization: Manifest = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));

export const resourceFiles: string[] = kustomization.resources;

export const manifests: Manifest[] = resourceFiles.flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]?.message}`);
    return document.toJS();
  }),
);

export const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');

export const podOf = (workload: Manifest): Manifest => workload.spec.template.spec;

export const containerOf = (workload: Manifest): Manifest => podOf(workload).containers[0];

export const roleOf = (workload: Manifest): string =>
  workload.spec.template.metadata.labels['app.kubernetes.io/component'];

/** The variables of a pod: the shared settings, then its own; Secrets are filled with what their reader wants. */
export function environmentOf(workload: Manifest, secrets: { [name: string]: string }) {
  const settings: string[] = kustomization.configMapGenerator[0].literals;
  const own = containerOf(workload).env.map(({ name, value, valueFrom }: Manifest) => [
    name,
    value ?? secrets[`${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`],
  ]);
  const shared = settings.map((line) => [
    line.slice(0, line.indexOf('=')),
    line.slice(line.indexOf('=') + 1),
  ]);
  return Object.fromEntries([...shared, ...own]) as { [name: string]: string };
}

/** As git has them: what it ignores would be missing for everybody else. */
export const filesThere = (await filesOfProject())
  .filter((path) => path.startsWith('examples/deploy/kubernetes/'))
  .map((path) => basename(path));
