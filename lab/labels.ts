/** Every container, network and volume of a lab carries these labels. */
export interface LabIdentity {
  readonly lab: string;
  /** Folder of the checkout that made it. */
  readonly checkout: string;
}

export const labelsOf = ({ lab, checkout }: LabIdentity): Readonly<Record<string, string>> => ({
  'sla.lab': lab,
  'sla.checkout': checkout,
});
