export {
  setting,
  secretSetting,
  readSettings,
  explainSettings,
  processEnvironment,
  SettingsError,
  type Environment,
  type Setting,
  type SettingsOf,
  type SettingsSpec,
} from './settings.js';
