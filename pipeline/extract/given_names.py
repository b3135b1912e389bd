"""Evidence that two capitalised words are a person: common given names and endings of surnames, folded.

Only unlabelled signatures need it: "Metrobüs Durakları" at the end of a page looks like a name as "Hasan Oktay" does.
The lists are ours: what is common in Turkey, its neighbours and the English-speaking world. A rare name stays unfound.
"""

from __future__ import annotations

import re

GIVEN_NAMES = frozenset(
    """
    abdullah abdulkadir abdurrahman adem adnan ahmet akif alev ali alican alp alparslan alper altan anil arda arif
    arzu asli asiye asuman atilla ayca aydin ayfer aygul ayhan aykut ayla aylin aynur aysel aysegul aysenur aysun
    aytac ayten aytekin ayse azra bahadir bahar bahattin banu baris basak batuhan bayram behcet bekir belgin belma
    berat beril berk berkay berna berrin betul bilal bilge birgul birol buket bulent burak burcu burhan busra cafer
    can canan candan cansu caner celal celil cem cemal cemil cemile cengiz cenk cetin ceyda ceyhun cigdem cihan
    cihat coskun cuneyt damla davut demet deniz derya didem dilara dilek dogan dogukan duygu ebru ece eda ekrem
    elcin elif emel emin emine emrah emre ender engin enis enver ercan ercument erdal erdem erdogan eren ergin ergun
    erhan erkan erkut erol ersin ertan ertugrul esin esma esra evren eylem eyup ezgi fadime fahri faruk fatih fatma
    fehmi ferda ferdi feride ferit fethi fethiye feyza fevzi fidan fikret filiz firat fuat fulya fusun galip gamze
    gizem gokcen gokhan gokce gonca gonul gozde gulay gulcan gulden gulnur gulsah gulsen gulsum gulten gunes gunay
    gurkan gurol guven habibe hacer hakan haldun halil halim halis halit haluk hamdi hamza handan hande harun hasan
    hasim hatice haydar hayati hayrettin hayri hidayet hikmet hilal hilmi hulya hulusi husamettin huseyin husnu
    hussein ibrahim idris ihsan ilhan ilkay ilker ilknur ilyas inci ipek irem irfan isa ismail ismet izzet jale kaan
    kadir kadriye kamil kamuran kazim kemal kenan kerem kerim koray korkut kubra kursat lale latif levent lutfi
    mahir mahmut mehmet melek meltem meral meric mert merve mesut metin mete mevlut mine miray muammer muhammed
    muhammet muharrem muhsin muhittin mujdat mukadder murat musa mustafa muzaffer munevver nadir naci nagehan nazan
    nazim nazli necati necdet necip necmettin nejat nergis nermin nesrin nevin nevzat nihal nihan nihat nilay nilgun
    nilufer nimet nur nuran nurcan nuray nurettin nurhan nuri nursel nurten nusret oguz oguzhan okan oktay olcay
    omer onder onur orcun orhan osman ozan ozcan ozden ozge ozgur ozkan ozlem pelin pinar polat ramazan rasim recep
    refik remzi resat reyhan riza ruhi rukiye rustem sabahattin sabri sadik sadettin saban sabiha safak sahin salih
    salim sami samet sebnem seda sedat seher selahattin selami selcuk selda selim selin selma sema semih semra senay
    senem sener serap serdar serhat serkan serpil sevda sevgi sevil sevim sevinc seyfettin seyma sezer sezgin sibel
    sinan sinem songul suat sukru sukran suleyman sule tahir tahsin talat tamer taner tarik tarkan tayfun tayyip
    tekin teoman tevfik tolga tugba tugce tuna tuncay tuncer turgay turgut turhan ufuk ugur ulas umit umut unal utku
    vahit vedat veli veysel vildan volkan yakup yalcin yaprak yasar yasemin yasin yavuz yelda yesim yigit yildiray
    yilmaz yunus yusuf zafer zehra zekeriya zeki zeliha zerrin zeynep ziya zuhal zulfikar zubeyde

    aleksandr aleksandra aleksei aleksey alexei alexey anatoly andrei andrey anton arkady artem artur boris darya
    dmitri dmitry ekaterina elena evgeny fyodor galina gennady igor irina ivan konstantin ksenia larisa leonid lev
    ludmila maksim marina mikhail nadezhda natalia natalya nikita nikolai nikolay oksana oleg olga pavel pyotr roman
    ruslan sergei sergey stanislav svetlana tatiana tatyana timur vadim valentina valery vasily viktor vitaly
    vladimir vladislav vyacheslav yaroslav yekaterina yelena yevgeny yulia yuri yury андреи александр алексеи
    анатолии анна борис виктор виталии владимир галина геннадии дмитрии евгении екатерина елена иван игорь ирина
    константин ксения леонид людмила максим марина мария михаил надежда наталья никита николаи олег ольга павел петр
    роман руслан светлана сергеи станислав татьяна юлия юрии

    aydan aynura afet arzu aygun azer cavid cavad elchin elcin eldar elmar elnur emil farid fariz fuad gunel ilham
    ilgar kamran konul leyla lala mammad mehriban nargiz natig natiq orkhan orxan parvin perviz rashad reshad rauf
    rovshan samir samira sevda sevinj shahin tural turan vagif vugar vusal zahid zaur anahit ani ara aram ararat
    arman armen arsen artak ashot avetis davit emma gagik gayane gevorg gohar grigor hakob hasmik hayk hovhannes
    hrant karen karine levon lilit lusine mariam mher nairi narek nikol nune rafael ruben samvel sargis sevak serzh
    shushan siranush suren tatul tigran vahagn vahan vardan vazgen vigen zaruhi zhirayr ana dato giorgi gocha irakli
    ketevan levan mamuka maia nana nika nino rusudan salome sandro shota tamar tamara tbilisi tinatin vakhtang zaza
    zurab ahmad akbar amir arash babak behzad dariush farhad hamid javad kaveh majid maryam mehdi mohammad mohammed
    muhammad nader nasrin omid parisa reza saeed shirin abdallah abdel abdul bashar faisal fadi hani hassan hisham
    jamal karim khaled khalid khalil layla mahmoud mona nabil omar osama rami rania saleh salman samer tarek walid
    yasser youssef ziad

    aaron adam adrian agnes aidan alan albert alex alexander alexandra alfred alice alicia alison allison amanda
    amber amelia amy andrea andrew angela anita ann anna anne annie anthony antonio arthur ashley audrey barbara
    barry beatrice ben benjamin bernard beth bill bob brad brandon brenda brian bruce bryan caitlin cameron carl
    carla carlos carol caroline catherine cecilia charles charlotte chloe chris christian christina christine
    christopher claire clara colin connor craig cynthia daniel danielle dave david deborah denis dennis derek diana
    diane dominic donald donna dorothy douglas duncan edward edwin eileen elaine eleanor elisabeth elizabeth ellen
    emily emma eric erica erik erin ethan eugene eva evan evelyn fiona frances francis frank fred frederick gabriel
    gareth gary gavin geoffrey george gerald gerard gordon graham grant greg gregory guy hannah harold harriet harry
    harvey heather helen henry howard hugh ian isaac isabel isabella jack jacob jacqueline jacques james jamie jan
    jane janet jared jason jean jeff jeffrey jennifer jeremy jerome jerry jessica jill jim joan joanna joanne joe
    joel john jonathan jose joseph joshua joyce juan judith julia julian julie justin karl karen kate katharine
    katherine kathleen kathryn katie keith kelly kenneth kerry kevin kim kimberly kirsten kristen kristin kyle larry
    laura lauren laurence lawrence leah lee leo leslie liam linda lindsay lisa louis louise lucas lucy luis luke
    lynn madeleine marc marcus margaret maria marie marilyn mario marion marjorie mark martha martin mary matt
    matthew maureen max megan melanie melissa michael michel michelle miguel mike miles miriam mitchell molly monica
    morgan nancy naomi natalie natasha nathan neil nicholas nick nicole nigel nina noah nora norman oliver olivia
    oscar owen patricia patrick paul paula pedro peter philip phillip phoebe pierre rachel ralph raymond rebecca
    richard rick robert roberta robin rodney roger ronald rory rosemary ross roy russell ruth ryan sally sam
    samantha samuel sandra sara sarah scott sean sebastian sharon sheila shirley simon sophia sophie stacy stefan
    stella stephanie stephen steve steven stuart susan suzanne sylvia teresa terry thea theodore theresa thomas tim
    timothy tina tobias todd tom tony tracy trevor valerie vanessa vera veronica victor victoria vincent virginia
    walter wendy wesley william yvonne zachary zoe
    """.split()
) - {"tbilisi", "sam", "may", "grant", "lev", "ara", "ani", "ana", "can", "nana", "bill", "max", "guy", "jan", "mark"}
#: Endings that only surnames have: Turkish, Armenian, Georgian, Slavic, Azerbaijani, Persian.
_SURNAME_ENDINGS = re.compile(
    r"\w{3,}(?:oglu|zade|zadeh|shvili|svili|adze|idze|enko|yan|[eia]lian|[sv]ian|nian|yev|yeva|nov|nova|mov|mova|rov|rova"
    r"|lov|lova|kov|kova|sov|sova|bov|bova|dov|dova|tov|tova|iyev|iyeva|sky|skaya|skiy|poulos|opulu|turk|швили|енко|янц?"
    r"|[оеё]в|[оеё]ва|ск[иа]и|ская|ян|եան|յան|շվիլի)"
)


_PEOPLES = frozenset(
    "persian russian prussian malaysian tunisian indonesian polynesian caucasian eurasian iranian ukrainian "
    "romanian armenian albanian jordanian palestinian macedonian australian libyan kenyan himalayan bosnian "
    "estonian lithuanian slovenian peruvian bolivian latvian yugoslavian scandinavian moldovian brazilian "
    "somalian sicilian mongolian christian".split()
)


def looks_like_a_name(words: list[str]) -> bool:
    """Whether folded words begin with a common given name (after initials), or end as a surname does."""
    first = next((word for word in words if len(word.strip(".")) > 1), "")
    last = words[-1] if words else ""
    return first in GIVEN_NAMES or (last not in _PEOPLES and bool(_SURNAME_ENDINGS.fullmatch(last)))
