/**
 * What people write when they want a task done, in English and Chinese. A table: each row says which task a phrase speaks
 * for, and how loudly. Phrases are looked for where instructions stand, at the head and the tail of what is asked;
 * signs of structure (code, formulas, options) come from their own counts.
 */
import type { Task } from '@skein/contracts/gateway';

export type WordedTask = Exclude<Task, 'multimodal'>;

/** The tasks that words can tell, in the order of the model's outputs. */
export const wordedTasks: readonly WordedTask[] = [
  'code',
  'math_reasoning',
  'translation',
  'summarization',
  'extraction',
  'classification',
  'rewriting',
  'writing',
  'qa',
  'analysis',
];

export interface TaskRule {
  readonly task: WordedTask;
  /** 3: says it outright. 2: usual for it. 1: a hint. */
  readonly weight: number;
  readonly pattern: RegExp;
}

const languages =
  'english|chinese|mandarin|cantonese|french|german|spanish|italian|portuguese|japanese|korean|russian|arabic|hindi|dutch|turkish|polish|swedish|vietnamese|thai|latin|greek|hebrew|ukrainian|indonesian';
const zhLanguages = '(?:英|中|法|德|日|韩|俄|西班牙|意大利|葡萄牙|阿拉伯|泰|越南|印地|荷兰|拉丁|汉|外)(?:语|文)';
const programming =
  'python|javascript|typescript|java|c\\+\\+|c#|golang|rust|php|ruby|kotlin|swift|scala|sql|bash|powershell|html|css|react|vue|node\\.?js|django|flask|laravel|pandas|numpy|pytorch|tensorflow|docker|kubernetes|terraform|ansible|git|regex|excel formula|vba|matlab|verilog|assembly|haskell|perl|lua|shiny|r script|graphql|postgres|mysql|mongodb|redis|linux|nginx|aws|opencv|selenium|spring boot|\\.net|unity|openscad|latex|qt';
const prose =
  'essay|story|stories|poem|haiku|song|lyrics|letter|email|e-mail|blog(?: ?post)?|article|speech|script for|screenplay|dialogue|novel|paragraph about|press release|product description|cover letter|advert(?:isement)?|slogan|tweet|post about|caption|memo|proposal|report on|biography|toast|monologue|scene|joke|limerick|fairy tale|review of|news(?:letter)?|invitation|announcement|pitch|resume';

const rows: readonly (readonly [WordedTask, number, RegExp])[] = [
  ['translation', 3, /\btranslat(?:e[sd]?|ion|ing)\b/],
  ['translation', 3, new RegExp(`\\b(?:into|in|to) (?:${languages})\\s*[:.?]?\\s*(?:$|\\n)`)],
  ['translation', 3, new RegExp(`\\b(?:${languages}) (?:version|translation|equivalent|for ["“'])`)],
  [
    'translation',
    3,
    new RegExp(`\\bhow (?:do|would|can) (?:you|i|we|one) (?:say|write|put|express)\\b.*\\b(?:${languages})\\b`, 's'),
  ],
  [
    'translation',
    2,
    new RegExp(`\\b(?:say|put|render|convert|give|write|express|show)\\b.{0,40}\\b(?:in|into|to) (?:${languages})\\b`),
  ],
  ['translation', 4, /翻译|译(?:成|为|作|文)|中译|英译|直译|意译/],
  [
    'translation',
    3,
    new RegExp(`(?:用|换成|变成|转成|转换成|转换为|改成)${zhLanguages}(?:怎么)?(?:说|表达|写出|表示)?`),
  ],
  ['translation', 3, new RegExp(`${zhLanguages}(?:怎么说|怎么写|是什么|版本|如何表达)`)],

  ['summarization', 4, /\b(?:summar(?:y|ies|i[sz](?:e[sd]?|ing|ation))|tl;? ?dr|synopsis|recap(?:ped)?)\b/],
  [
    'summarization',
    3,
    /\b(?:in a nutshell|in (?:a|one|two|three|\d|2 or 3|a few|fewer) (?:short )?(?:sentences?|words|points)|(?:short|brief) abstract|sum (?:up )?(?:the|this)|in brief|to sum(?: it)? up|boil(?:ed)? (?:it |this )?down|gist|key (?:points|takeaways)|main (?:points?|ideas?)|condense|shorten|outline of|highlights)\b/,
  ],
  [
    'summarization',
    3,
    /\b(?:headline|title) (?:for|of) (?:this|the|that)\b|\b(?:generate|suggest|write) (?:a|the) (?:title|headline)\b|\bin layman'?s terms\b|\b(?:this|the|following) (?:article|boils?|document|text|paragraph)\b.{0,40}\b(?:means|about|down to)\b/,
  ],
  [
    'summarization',
    2,
    /\bsummary:?\s*$|\bfirst sentence of the (?:article|above)|\bbriefly (?:describe|explain) (?:the|this) (?:article|text)/,
  ],
  ['summarization', 4, /总结|摘要|概括|概述|归纳|提炼|缩写|简述(?:以|上|下)|主旨|中心思想|核心(?:诉求|内容|观点)|大意/],
  ['summarization', 2, /要点|一句话|主要内容|简明扼要|标题/],

  ['extraction', 3, /\b(?:extract(?:s|ed|ing|ion)?|pull out|pick out|parse|retrieve from)\b/],
  ['extraction', 3, /\b(?:named? entit(?:y|ies)|keywords?|key phrases?|triples?|ner)\b/],
  [
    'extraction',
    3,
    /\b(?:list|find|identify|give me|get|return|name) (?:me )?(?:all|every|each|any|only)?(?: of)? ?(?:the )?(?:\d+ )?(?:most important )?(?:people|persons?|names?|dates?|places?|locations?|organi[sz]ations?|companies|numbers|prices|amounts|emails?|addresses|phone numbers|entities|nouns|verbs|events|facts|fields|urls?|keywords|products)\b.{0,60}\b(?:mentioned|in|from|of|appear\w*)\b/,
  ],
  [
    'extraction',
    3,
    /\b(?:list|find|identify) (?:all|every|the (?:main|key))\b.{0,40}\b(?:names?|dates?|numbers?|entities|facts|organi[sz]ations|locations|addresses)\b/,
  ],
  [
    'extraction',
    2,
    /\b(?:as|in|into) (?:a )?(?:valid )?(?:json|csv|yaml|xml|table|key[- ]value)(?: (?:format|object|array|list))?\b/,
  ],
  [
    'extraction',
    4,
    /提取|抽取|摘录|摘取|(?:找|列|挑|标|圈|选|识别|检测)出?.{0,14}(?:关键词|人名|地名|日期|时间|名词|动词|形容词|实体|机构|公司|组织|金额|数字|三元组|电话|邮箱|地址)/,
  ],
  [
    'extraction',
    2,
    /关键词|关键字|实体|三元组|以json|json格式|(?:从|在)(?:以下|下面|上面|给定|这|所给|文).{0,20}(?:找出|列出|查找|获取|识别)/,
  ],

  [
    'classification',
    4,
    /\b(?:classif(?:y|ies|ied|ication|ier)|categori[sz](?:e|ed|ing|ation)|label (?:this|the|each|it)|sentiment|spam or|toxicity)\b/,
  ],
  [
    'classification',
    3,
    /\b(?:which|what|best) (?:(?:of )?(?:the|these|following) )?(?:(?:newspaper )?section|categor(?:y|ies)|class|label|topic|genre|descriptor|type of)\b|\blist of categories\b/,
  ],
  ['classification', 5, /\b(?:categories|descriptors|classes|labels):|\babout description\b/],
  [
    'classification',
    3,
    /\b(?:positive|negative)(?:,| or| \/|\/| and) ?(?:neutral|negative|positive)\b|\b(?:is|was) (?:this|the) (?:review|comment|message|movie review|tweet|email) (?:a )?(?:positive|negative|spam|good|bad|favou?rable)/,
  ],
  [
    'classification',
    3,
    /\b(?:mean the same thing|not[ _]?(?:duplicates?|equivalent)|(?:are|is) (?:a )?(?:duplicates?|equivalent|paraphrases?)|equivalent\b.{0,20}\bnot equivalent|(?:the|convey the) same (?:meaning|question|thing)|duplicates\?|entail(?:s|ment)?|contradict(?:s|ion)?|grammatically (?:correct|acceptable))\b/,
  ],
  [
    'classification',
    3,
    /\b(?:out of|scale (?:of|from)) (?:1|one|0|zero)? ?(?:to )?(?:5|10|five|ten)\b|\b(?:my|the|star|this|review) rating\b|\brat(?:e|ing) (?:is|it|this)\b|\bhow many stars\b|\bstars?\b.{0,12}$|\bwould (?:i|you|they) (?:recommend|give)/,
  ],
  [
    'classification',
    3,
    /\b(?:reviewer|writer|author|viewer|critic|customer|person)s?\b.{0,40}\b(?:feel|express|enjoy|like|dislike|opinion|positive|satisfied|sentiment)/,
  ],
  [
    'classification',
    2,
    /\b(?:is (?:this|it|the following question) (?:asking )?about|asking about|news (?:article )?(?:about|regarding|likely)|is (?:this )?(?:definitely )?(?:not )?an?\s*$|belongs? (?:to|in)|fits? (?:best|into)|refers? to which|would (?:you|this).{0,20}appear|did (?:they|the \w+) (?:like|enjoy)|like to give (?:it|this))\b/,
  ],
  [
    'classification',
    4,
    /分类|归类|分为|情感(?:倾向|分析|分类|极性|色彩|是)|属于(?:哪|什么|以下)|(?:积极|正面|正向).{0,6}(?:消极|负面|负向|中性)|(?:判断|识别|确定).{0,24}(?:类别|类型|情感|情绪|是否(?:为|是|属于)|真假|垃圾)/,
  ],
  ['classification', 2, /类别|类型|标签|评分|打分|是否(?:相同|一致|相似|等价)/],

  [
    'rewriting',
    4,
    /\b(?:rewrit(?:e|ten|ing)|paraphras(?:e|es|ed|ing)|rephras(?:e|es|ed|ing)|reword(?:ed|ing)?|proofread|copy-?edit|polish (?:this|the|my|it))\b/,
  ],
  [
    'rewriting',
    3,
    /\b(?:make (?:it|this|that|the (?:text|sentence|paragraph|email|following))(?: text| sentence| email| sound| read)? (?:more|less|sound|better|shorter|clearer|formal|casual|concise|simpler|polite)|fix (?:the )?(?:grammar|spelling|typos)|correct (?:the |any |all )?(?:grammar|spelling|errors|mistakes)|improve (?:the |this |my )?(?:writing|wording|text|sentence|paragraph|email)|simplify (?:this|the) (?:text|sentence|paragraph)|in (?:other|your own) words|(?:passive|active) voice|change the (?:tone|tense|style))\b/,
  ],
  [
    'rewriting',
    4,
    /改写|重写|重新写|重述|(?:编辑|修订|审查|校对)(?:并编辑)?(?:以下|下面|这|下列|一下|给定)|(?:纠正|修正|更正)(?:过来|一下|错)|合并(?:成|为)|整合(?:成|为)|润色|改述|改编|转述|仿写|扩写|复述|病句|(?:修改|纠正|改正|更正|检查).{0,12}(?:语法|错误|错别字|标点|拼写|病句|句子|文章|文本)|标点符号|同义(?:词|句)/,
  ],
  [
    'rewriting',
    3,
    /(?:改|换|变|转换|转化|替换|修改|重组|调整|更改)(?:成|为|成为)|(?:将|把).{0,40}(?:改|换|替换|修改|重新|转换|转化|变成|优化|简化|倒装|扩展)|更(?:加)?(?:简洁|生动|正式|流畅|有趣|客观|通顺|口语|委婉|礼貌|清晰|具有|符合)|换(?:一)?(?:种|个)(?:说法|方式|表达)|(?:重新)?(?:排列|组织|排序|组合).{0,10}(?:句子|单词|词语|语句|段落)|补全|填空/,
  ],

  [
    'writing',
    3,
    new RegExp(
      `\\b(?:write|compose|draft|create|generate|come up with|give me|make|craft|tell)\\b.{0,60}\\b(?:${prose})\\b`,
    ),
  ],
  [
    'writing',
    2,
    /\b(?:creative(?:ly)?|brainstorm|imagine you|role-?play|act as|rhym(?:e|es|ing)|continue the story|storytelling|in the style of|once upon a time|character(?:s)? named)\b/,
  ],
  [
    'writing',
    4,
    /(?:写|创作|撰写|编写|拟|起草|作|编|填写|制作|生成|设计|构思|讲)(?:出|作|写)?(?:一|几|两|三|份|个|下|首|篇|封|段|关于|你|以|短)?.{0,24}(?:随笔|文档|篇章|文章|故事|诗|歌词|作文|小说|邮件|信|博客|演讲|广告|文案|短文|日记|剧本|散文|台词|对话|简历|祝福|段落|笑话|通知|报告|评论|推文|标语|口号|新闻|结局|情节|脚本|计划书|邀请|描述|对联|童话|场景|寓言|谜语|自我介绍|介绍信|感谢)/,
  ],
  [
    'writing',
    3,
    /续写|描绘|(?:生成|提供|写)一(?:篇|首|封|段|则)|完整的(?:文章|篇章|故事)|写作|创意|以.{1,16}为(?:题|主题|背景|开头|主角)|(?:写|编|作)一(?:个|篇|首|封|段|份|则|句|部|副|组)|五言|七言|绝句|律诗|想象|虚构|命题|继续(?:剩余|这个|下面|以下|写|故事)/,
  ],

  [
    'code',
    4,
    new RegExp(
      `\\b(?:write|implement|create|make|build|develop|generate|code|give me|show me|provide|convert|refactor|debug|fix|optimi[sz]e|rewrite|design)\\b.{0,80}(?:\\b(?:${programming})(?![\\w])|\\b(?:function|program|script|class|method|algorithm|api|endpoint|query|unit tests?|web ?app|website|web ?page|app|component|module|library|cli|bot|parser|dockerfile|makefile|pipeline|macro|server|backend|frontend|database schema|code)\\b)`,
      's',
    ),
  ],
  ['code', 3, /\b(?:write|implement) a (?:\w+ )?function to\b|\bfunction (?:to|that|which)\b/],
  ['code', 2, new RegExp(`(?:^|[\\s(,"'/])(?:${programming})(?=$|[\\s),.:;?!"'/])`)],
  [
    'code',
    2,
    /\b(?:code|coding|codebase|compile|compiler|debug|stack ?trace|traceback|exception|segfault|null ?pointer|runtime error|syntax error|repository|pull request|unit tests?|refactor|endpoint|rest api|json schema|regex|regular expression|snippet|dataframe|binary tree|linked list|hash ?map|time complexity|command line|config(?:uration)? file|deploy|async|mutex|thread)\b/,
  ],
  [
    'code',
    4,
    /代码|编程|函数|程序(?!员|化)|脚本语言|正则|算法(?:实现|代码)|(?:实现|写|编写|设计|编).{0,16}(?:算法|类|接口|脚本|爬虫|排序|查询|数据结构)|sql(?:语句|查询)?|变量|运行(?:后)?(?:的)?(?:输出|结果)|(?:用|使用)(?:python|java|c\+\+|javascript|c语言|sql|html|go|php)/,
  ],

  [
    'math_reasoning',
    3,
    /\b(?:calculate|compute|solve|prove|derive|integrate|differentiate|simplify the expression|evaluate the (?:expression|integral)|factori[sz]e|find the (?:value|sum|area|probability|derivative|limit|roots?|minimum|maximum|number))\b/,
  ],
  ['math_reasoning', 4, /(?:^|\n)[-+*/^() \d.]{8,}=\s*\??\s*$|(?:^|\n)(?:not |\()*(?:true|false) (?:and|or|not)\b/],
  [
    'math_reasoning',
    2,
    /\b(?:equation|theorem|proof|probability|integral|derivative|matrix|polynomial|triangle|hypotenuse|geometry|algebra|arithmetic|modulo|divisible|remainder|annuity|interest rate|discount rate|permutations?|combinations?|logarithm|expected value|variance|gradient|vector|percent(?:age)? (?:of|more|less))\b/,
  ],
  [
    'math_reasoning',
    3,
    /(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twice|half|dozen|third|double|triple)\b).*\bhow (?:many|much|long|far|old|fast|tall|big)\b/s,
  ],
  [
    'math_reasoning',
    3,
    /\d.*\b(?:what(?:'s| is| was| will| would)|find|determine) (?:\w+ ){0,4}(?:total|average|number|sum|ratio|percent(?:age)?|cost|price|salary|age|profit|difference|remaining|weight|distance|probability|amount|mean|volume|area|speed)\b/s,
  ],
  ['math_reasoning', 4, /[\d二两三四五六七八九十半].{0,60}(?:多少|几(?![种句点篇首位种条])).{0,14}(?:[？?。]|$)/s],
  [
    'math_reasoning',
    3,
    /\b(?:logically consistent|arranged in a fixed order|true or false\?|is the following (?:sentence|statement) plausible|at the end of the (?:game|dance|event|match|semester)|truth-?teller|lies\b.*\btells the truth|syllogism|deduc(?:e|tion|tively)|which of the following (?:is|must|could) (?:be )?(?:true|false)|step[- ]by[- ]step|riddle|puzzle|valid or invalid|today's date|if you follow these instructions|sort the following words|not \( ?(?:true|false)|(?:true|false) (?:and|or) (?:not|true|false|\())\b/,
  ],
  [
    'math_reasoning',
    4,
    /计算|解(?:方程|答.{0,4}(?:数学|题)|不等式)|方程|百分之|概率|面积|体积|周长|平均(?:数|值|每|速度)|几分之|推理(?!小说)|逻辑(?:题|推理)|证明(?!信)|数列|等差|等比|函数(?:的)?(?:图像|极值|零点)|三角形|矩形|正方形|长方[形体]|圆柱|半径|除以|乘以|余数|应用题|数学(?:题|问题)|加减乘除|最大公约|最小公倍|质数|素数/,
  ],
  [
    'math_reasoning',
    3,
    /(?:共|一共|还|多|少|需要|每|有|要|剩下?|相差|各|用了?|是|得到?|能|可以)(?:有|要|剩|需|了|得)?(?:多少|几)(?:个|只|元|米|千米|公里|厘米|吨|千克|克|人|天|小时|分钟|本|棵|支|箱|页|块|钱|岁|名|倍|张|辆|件|次|斤|升|条|台|万|度|颗|朵|种|双|瓶|枚|平方|套|头|筐|盒|层|间|艘|，|。|？|\?|$)/,
  ],
  [
    'math_reasoning',
    2,
    /(?:谁是|谁说|真话|假话|说谎|凶手|已知|若.{2,40}则|如果.{2,60}(?:那么|则).{0,40}(?:吗|？|\?|多少|几)|所有.{1,20}都(?:是|会|有)|下一个(?:数|数字|图形)|规律)/,
  ],

  [
    'analysis',
    3,
    /\b(?:analy[sz](?:e[sd]?|ing|is)|compare and contrast|swot|critique|critically (?:evaluate|examine)|evaluate the (?:impact|effect|argument|strengths|role)|trade-?offs?|pros and cons|implications|root cause|assess(?:ment)? (?:the|of)|strengths and weaknesses|examine (?:the|how)|advantages and disadvantages)\b/,
  ],
  ['analysis', 1, /\b(?:compare|contrast|discuss|evaluate|impact of|causes? of|interpret)\b/],
  [
    'analysis',
    3,
    /分析|swot|对比(?:一下)?.{1,30}(?:和|与|跟)|比较.{1,30}(?:和|与|跟)|利弊|优劣|(?:原因|因素)(?:和|与|及)影响|评估|评析|深入探讨|论述|剖析|批判/,
  ],
  ['analysis', 1, /比较|评价|影响|探讨|看待/],

  [
    'qa',
    3,
    /\b(?:answer (?:the|this|my|correctly|it|that)|(?:the|this|following|above|complex) question|(?:given|following|based on) (?:the )?(?:context|passage|paragraph|article|background)|combine facts|find the answer|what would be the answer)\b/,
  ],
  [
    'qa',
    3,
    /(?:^|\n)\s*(?:question|q)\s*[:：]|(?:^|\n)\s*(?:answer|a)\s*[:：]?\s*$|\b(?:options?|choices|answers?)\s*(?::|are|below)|\bselect the (?:most )?(?:suitable|best|correct|right)\b|\bchoose (?:the|between|one|from)\b|\bpossible question\b|\bmost sense\b/,
  ],
  [
    'qa',
    1,
    /(?:^|\n|[.!?"] )\s*(?:what|who|whom|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could|should|would|will)\b[^\n]*\?/,
  ],
  [
    'qa',
    0.7,
    /\?\s*$|\b(?:explain|describe|tell me|what is|what are|define|recommend|give me (?:some|a list)|tips|advice|meaning of)\b/,
  ],
  [
    'qa',
    3,
    /回答|问答|请问|问题[:：]|以下(?:哪|选项)|选择(?:题|最佳|正确|一个)|选项|是什么|什么是|为什么|有哪些|怎么办|什么意思|给出(?:一些|三|五|几|合适|建议|答案)|推荐|(?:列举|列出|提供|说出|举例|举出)/,
  ],
  ['qa', 1, /什么|如何|怎样|怎么|谁|哪|介绍|解释|描述|说明|定义|建议|是否|能否|多久|何时|吗[?？]?|[?？]\s*$/],
];

export const taskRules: readonly TaskRule[] = rows.map(([task, weight, pattern]) => ({
  task,
  weight,
  pattern: new RegExp(pattern.source, [...new Set(`${pattern.flags}i`)].join('')),
}));
