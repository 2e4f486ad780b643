import type { Endpoint, EndpointsFile } from './http-system.ts';

/** Whether what takes an endpoint back is there, has the same target and gets all that it needs; null: it does. */
export function judgeUndo({ endpoints }: EndpointsFile, name: string): string | null {
  const own = endpoints[name];
  if (own?.undo === undefined) return null;
  const { endpoint, arguments: mapped, outputs = {} } = own.undo;
  const back = Object.hasOwn(endpoints, endpoint) ? endpoints[endpoint] : undefined;
  if (back === undefined) return `"undo": "${endpoint}" is no endpoint of this file`;
  const isBack = back.class === 'restore' || (own.class === 'restore' && back.class === 'contain');
  if (!isBack)
    return `"undo": "${endpoint}" is of the class "${back.class}"; what takes back is of the class "restore"`;
  if (back.target?.kind !== own.target?.kind) return `"undo": "${endpoint}" acts on another kind of target`;
  const { target } = back;
  if (target !== undefined && mapped[target.argument] !== own.target?.argument)
    return `"undo": "${endpoint}" has to get the same target`;
  return judgeMapping(own, back, mapped, outputs);
}

function judgeMapping(
  own: Endpoint,
  back: Endpoint,
  mapped: { [name: string]: string },
  outputs: { [name: string]: string },
): string | null {
  const given = [...Object.keys(mapped), ...Object.keys(outputs)];
  const twice = Object.keys(outputs).find((name) => Object.hasOwn(mapped, name));
  if (twice !== undefined) return `"undo": "${twice}" once`;
  const strange = given.find((name) => !Object.hasOwn(back.arguments, name));
  if (strange !== undefined) return `"undo": "${strange}" is no argument of what takes it back`;
  const missing = Object.keys(back.arguments).find(
    (name) => !given.includes(name) && back.optional?.includes(name) !== true,
  );
  if (missing !== undefined) return `"undo": what takes it back needs "${missing}"`;
  const noArgument = Object.values(mapped).find((name) => !Object.hasOwn(own.arguments, name));
  if (noArgument !== undefined) return `"undo": "${noArgument}" is no argument`;
  const noOutput = Object.values(outputs).find((name) => !Object.hasOwn(own.outputs ?? {}, name));
  return noOutput === undefined ? null : `"undo": "${noOutput}" is no output`;
}
