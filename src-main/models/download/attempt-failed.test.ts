import { expect, it } from 'vitest';
import { connectionFailed } from './attempt-failed.ts';

const URL = 'https://host.example/file';
const failure = (code: string, syscall?: string): object | null => {
  const failed = connectionFailed(Object.assign(new Error(code), { code, ...(syscall === undefined ? {} : { syscall }) }), URL);
  return failed && { code: failed.problem.code, again: failed.again };
};

it('no way to the host is offline, whatever the system calls it', () => {
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']) expect([code, failure(code)]).toEqual([code, { code: 'offline', again: true }]);
  // Firewalls.
  expect(failure('EACCES', 'connect')).toEqual({ code: 'offline', again: true });
  expect(failure('EAI_FAIL', 'getaddrinfo')).toEqual({ code: 'offline', again: true });
});

it('a connection that broke may be made again; one that cannot be believed may not', () => {
  for (const code of ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_CONSTANT']) expect([code, failure(code)]).toEqual([code, { code: 'download-failed', again: true }]);
  expect(failure('ETIMEDOUT', 'connect')).toEqual({ code: 'download-failed', again: true });
  for (const code of ['CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO']) expect([code, failure(code)]).toEqual([code, { code: 'download-failed', again: false }]);
});

it('what the disk or the program did is not the network’s', () => {
  for (const [code, syscall] of [['ENOSPC', 'write'], ['EACCES', 'open'], ['ERR_INVALID_ARG_TYPE', undefined]] as const) expect(failure(code, syscall)).toBeNull();
  expect(connectionFailed(new TypeError('a mistake'), URL)).toBeNull();
});
