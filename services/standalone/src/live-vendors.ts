import { vendorById, type VendorId } from '@skein/catalog';
import { SettingsError, readSettings, type Environment } from '@skein/config';
import { chooseDeployment, vendorSettings } from '@skein/provider-kit';

/** Has the operator given what the vendor needs to be called for real? The worker's own settings decide. */
export function isLive(vendorId: VendorId, environment: Environment): boolean {
  const vendor = vendorById(vendorId);
  try {
    const settings = readSettings(vendorSettings(vendor), { ...environment, SANDBOX_URL: undefined });
    return chooseDeployment(vendor, settings).mode === 'live';
  } catch (error) {
    if (error instanceof SettingsError) return false;
    throw error;
  }
}
