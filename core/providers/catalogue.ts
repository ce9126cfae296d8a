/** A provider, and the Go module that it is built from where no registry is in reach. */
export interface Provider {
  readonly source: string;
  readonly constraint: string;
  /** What the constraint allows, for the names of version folders. */
  readonly fits: RegExp;
  readonly version: string;
  readonly module: string;
  readonly package: string;
  readonly buildTakes: string;
}

export const dockerProvider: Provider = {
  source: 'kreuzwerker/docker',
  constraint: '~> 4.0',
  fits: /^4\.\d+\.\d+$/,
  // The newest release in the history of the commit that go.mod pins (CHANGELOG.md of the module).
  version: '4.6.0',
  module: 'terraform/providers/docker',
  package: 'github.com/terraform-providers/terraform-provider-docker',
  buildTakes: '2 to 3 minutes',
};

export const libvirtProvider: Provider = {
  source: 'dmacvicar/libvirt',
  constraint: '~> 0.8.3',
  fits: /^0\.8\.([3-9]|\d\d+)$/,
  version: '0.8.3',
  module: 'terraform/providers/libvirt',
  package: 'github.com/dmacvicar/terraform-provider-libvirt',
  buildTakes: '15 to 75 seconds',
};

/** The newest of these version folders that the constraint of the provider allows. */
export function newestFitting(
  versions: readonly string[],
  { fits }: Pick<Provider, 'fits'> = dockerProvider,
): string | undefined {
  const minor = (version: string): readonly number[] => version.split('.').map(Number);
  return versions
    .filter((version) => fits.test(version))
    .toSorted((a, b) => (minor(a)[1] ?? 0) - (minor(b)[1] ?? 0) || (minor(a)[2] ?? 0) - (minor(b)[2] ?? 0))
    .at(-1);
}

export const typeOf = (source: string): string => source.split('/').at(-1) ?? source;
