import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { readFile } from './compose.ts';
import { readImage } from './image.ts';
import {
  containerOf,
  environmentOf,
  filesThere,
  folder,
  kustomization,
  type Manifest,
  manifests,
  podOf,
  resourceFiles,
  roleOf,
  workloads,
} from './manifests.ts';

const image = readImage();
const secrets = {
  'riposte-database/url': 'postgres://riposte:c0ffee@db.example.org:5432/riposte',
  'riposte-queue/url': 'rediss://:c0ffee@redis.example.org:6379',
};

function configOf(workload: Manifest) {
  const environment = { ...image.env, ...environmentOf(workload, secrets) };
  expect(environment.RIPOSTE_CONNECTIONS).toBe('/etc/riposte/connections.json');
  return readConfig({ ...environment, RIPOSTE_CONNECTIONS: join(folder, 'connections.json') });
}

const podsWith = (selector: { [label: string]: string }): Manifest[] =>
  workloads.filter((workload) =>
    Object.entries(selector).every(
      ([label, value]) => workload.spec.template.metadata.labels[label] === value,
    ),
  );

it('every file of the folder is applied, and every file that is applied is there', () => {
  const used = [
    ...resourceFiles,
    'kustomization.yaml',
    ...kustomization.configMapGenerator.flatMap((each: Manifest) => each.files ?? []),
  ];
  expect(used.sort()).toEqual([...filesThere].sort());
});

it('there is a workload for each role, and one pod that seals', () => {
  const counted = workloads.map((each) => [configOf(each).roles.join(), [each.kind, each.spec.replicas]]);
  expect(Object.fromEntries(counted)).toEqual({
    api: ['Deployment', 2],
    engine: ['Deployment', 2],
    worker: ['Deployment', 2],
    sequencer: ['StatefulSet', 1],
  });
  for (const each of workloads) expect(configOf(each).roles).toEqual([roleOf(each)]);
});

describe.each(workloads.map((each) => [each.metadata.name as string, each] as const))('%s', (_, workload) => {
  const [pod, container, config] = [podOf(workload), containerOf(workload), configOf(workload)];

  it('is told nothing that the server would misread: a cluster names every Service in variables', () => {
    const services = manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
    expect(services.some((name) => name.startsWith('riposte'))).toBe(true);
    expect(() => readConfig({ RIPOSTE_API_SERVICE_HOST: '10.0.0.1' })).toThrow('RIPOSTE_API_SERVICE_HOST');
    expect(pod.enableServiceLinks).toBe(false);
  });

  it('has no lab, and starts as the image starts', () => {
    expect(config.lab).toEqual({ kind: 'off' });
    expect(container.image).toBe(kustomization.images[0].name);
    expect(container.command).toBeUndefined();
    expect(container.args).toEqual(image.cmd);
  });

  it('passes the restricted profile of its namespace and may write nowhere but in its volume', () => {
    expect(manifests.find(({ kind }) => kind === 'Namespace').metadata.labels).toEqual({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    const [user, group] = image.user.split(':').map(Number);
    expect(pod.securityContext).toMatchObject({
      ...{ runAsNonRoot: true, runAsUser: user, runAsGroup: group },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    const account = manifests.find(({ kind }) => kind === 'ServiceAccount');
    expect([account.metadata.name, account.automountServiceAccountToken]).toEqual([
      pod.serviceAccountName,
      false,
    ]);
  });

  it('keeps the key of the audit log where its volume is, if it seals, and else nothing', () => {
    const writable = container.volumeMounts.filter((mount: Manifest) => mount.readOnly !== true);
    expect(writable.length).toBe(roleOf(workload) === 'sequencer' ? 1 : 0);
    if (writable.length === 0) return;
    expect(`${config.auditKeyFile}/`.startsWith(`${writable[0].mountPath}/`)).toBe(true);
    expect(workload.spec.volumeClaimTemplates.map(({ metadata }: Manifest) => metadata.name)).toEqual([
      writable[0].name,
    ]);
    // Or the group might read the key after the second start, and the server refuses it then.
    expect(pod.securityContext.fsGroupChangePolicy).toBe('OnRootMismatch');
  });

  it('mounts volumes that it has, and names secrets only', () => {
    const has = [
      ...pod.volumes,
      ...(workload.spec.volumeClaimTemplates ?? []).map(({ metadata }: Manifest) => metadata),
    ];
    expect(container.volumeMounts.map(({ name }: Manifest) => name).sort()).toEqual(
      has.map(({ name }) => name).sort(),
    );
    expect(manifests.some(({ kind }) => kind === 'Secret')).toBe(false);
    expect(pod.volumes.some(({ secret }: Manifest) => secret !== undefined)).toBe(
      roleOf(workload) === 'worker',
    );
  });

  it('is asked whether it lives where it listens', () => {
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
      (name) => container[name]?.httpGet,
    );
    if (!config.roles.includes('api')) {
      const watched = { path: '/healthz', port: 'metrics' };
      expect(probes).toEqual([watched, undefined, watched]);
      expect(container.ports).toEqual([{ name: 'metrics', containerPort: config.metrics?.port }]);
      return;
    }
    expect(container.ports).toEqual([
      { name: 'http', containerPort: config.port },
      { name: 'metrics', containerPort: config.metrics?.port },
    ]);
    expect(config.host).toBe('0.0.0.0');
    for (const probe of probes) expect(probe).toEqual({ path: '/healthz', port: 'http' });
  });

  it('has as long to stop as compose.yaml gives it, and after what it waits before', () => {
    const grace = Number(/stop_grace_period: (\d+)s/.exec(readFile('compose.yaml'))?.[1]);
    const waits = Number(container.lifecycle?.preStop.exec.command[1] ?? 0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace + waits);
  });
});

it('every selector finds pods of one role, and each role that there are two of keeps one', () => {
  for (const { kind, metadata, spec } of manifests) {
    if (kind === 'Service') expect(podsWith(spec.selector).length, metadata.name).toBe(1);
    if (kind === 'PodDisruptionBudget')
      expect(podsWith(spec.selector.matchLabels).map((each) => each.spec.replicas)).toEqual([2]);
    if (kind === 'Deployment' || kind === 'StatefulSet')
      expect(podsWith(spec.selector.matchLabels).map(({ metadata: found }) => found.name)).toEqual([
        metadata.name,
      ]);
  }
  const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget');
  expect(budgets.map(({ spec }) => spec.minAvailable)).toEqual([1, 1, 1]);
});

it('never runs two versions at once by itself', () => {
  for (const { kind, spec } of workloads)
    if (kind === 'Deployment') expect(spec.strategy).toEqual({ type: 'Recreate' });
});

it('nothing comes in but to the api and from who watches, and nothing goes to the cluster or the metadata service', () => {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec);
  const [deny, into, watching, out] = policies;
  expect(policies.length).toBe(4);
  expect(deny).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  expect(podsWith(into.podSelector.matchLabels).map(roleOf)).toEqual(['api']);
  expect(into.ingress[0].ports).toEqual([{ port: image.port, protocol: 'TCP' }]);
  expect(podsWith(watching.podSelector.matchLabels).length).toBe(workloads.length);
  expect(watching.ingress).toEqual([
    {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      ports: [{ port: 9464, protocol: 'TCP' }],
    },
  ]);
  expect(podsWith(out.podSelector.matchLabels).length).toBe(workloads.length);
  const block = out.egress
    .flatMap(({ to }: Manifest) => to)
    .find(({ ipBlock }: Manifest) => ipBlock)?.ipBlock;
  for (const range of ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'])
    expect(block.except).toContain(range);
});
