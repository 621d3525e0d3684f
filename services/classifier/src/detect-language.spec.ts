import { describe, expect, it } from '@jest/globals';
import { detectLanguage } from './detect-language.js';

const cases: readonly (readonly [string, string])[] = [
  ['en', 'What is the capital of France, and how large is it?'],
  ['en', 'fix failing build'],
  ['zh', '请把下面的句子翻译成英文'],
  ['zh', '用 Python 写一个快速排序函数 quick_sort(list)'],
  ['ja', '会議は明日の午後三時に始まります。資料を準備してください。'],
  ['ko', '회의는 내일 오후 세 시에 시작합니다.'],
  ['ru', 'Встреча начнётся завтра в три часа дня.'],
  ['uk', 'Зустріч почнеться завтра, її перенесено.'],
  ['ar', 'سيبدأ الاجتماع غدا في الساعة الثالثة'],
  ['de', 'Bitte fasse den folgenden Text in drei Sätzen zusammen, und zwar für die Leser der Zeitung.'],
  ['fr', 'Quel est le meilleur moyen de faire une sauvegarde dans cette situation ?'],
  ['es', '¿Cómo puedo mejorar la calidad de mi código para que lo lean los demás?'],
  ['it', 'Come posso migliorare la qualità del mio codice per gli altri?'],
  ['pt', 'Você pode me dizer como isso funciona em uma rede?'],
  ['hi', 'बैठक कल दोपहर तीन बजे शुरू होगी'],
  ['und', '1 + 1 = ?'],
  ['und', ''],
];

describe('detectLanguage', () => {
  it.each(cases)('hears %s in "%s"', (language, text) => {
    expect(detectLanguage(text)).toBe(language);
  });

  it('takes the language most of the text is in', () => {
    expect(detectLanguage('翻译：The quick brown fox jumps over the lazy dog and then it sleeps in the sun.')).toBe(
      'en',
    );
  });
});
