export function approvalPath(id: string): string {
  return `/v1/approvals/${encodeURIComponent(id)}`;
}
