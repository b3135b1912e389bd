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

    abidin affan agah ahsen ajda akin aleyna alihan alim alize alpay alptekin altug altun aras arat arin armagan
    arslan asaf asena askin atakan atalay attila avni aybars ayberk aybuke aycan ayda aykan aysan aysima aysu
    ayyuce aziz azize azmi baha baki baran barkin bartu basar batikan bayezid beda bedia bedirhan bedri bedriye
    begum behice behiye behlul belkis bengi bengisu bengu beren berfin berhan berika berivan berke berkin berrak
    besim besime bestami beyza bilgehan bilgen bilgin binnaz binnur birgen birsen bora bunyamin burcak burce
    burcin buse busenur cagan cagatay cagdas cagla caglar cagri cahide cahit candas cavit cebrail celaleddin
    celalettin cemalettin cemre cengizhan cennet ceren cevahir cevat cevdet cevriye cezmi cihad cihangir cumhur
    dagistan danyal defne demirhan denizhan dervis devrim dicle didar dilan dilber dilsad dogacan doganay doruk
    dundar ebubekir ecem edanur edibe edip ediz efe efkan ekin elanur elvan emircan emirhan emrullah engincan
    erbil ercin erdinc ergul eris erkam erkin ersan ersel ersoy ertac esat eser esref ethem evrim ezgin fadil
    fahrettin fahriye fatmagul fatmanur fazil fazilet fehim ferah ferhan ferhat feridun feriha feryal fevziye
    feyyaz feyzi feyzullah figen firdevs furkan gaffar gaye genco gokalp gokberk gokcan gokcehan gokmen goknur
    goktan gokturk gorkem gulbahar gulben gulbin gulcin guler gulfem gulhan gulin gulistan gulizar gulnaz gulnihal
    gulriz gulseren gulsevin gulsun gultekin gulumser gunhan gunseli gurbuz gurcan gurdal gurhan gursel gursoy
    guzide guzin habib hafize hakki haktan halide halime hamit hanife hasibe hatip hayriye hayrunnisa hazal hediye
    hicabi hicran hifzi hilmiye huma hurrem husniye idil ilayda ilbey ilgin ilke ilter imdat imran inan isil
    isilay ismihan izel izgi keziban kivanc koksal koral korcan kudret kursad kutay kutlay laleper lamia lara
    leman lerzan lutfiye lutfullah mahinur makbule maksut mazhar mebrure mehtap melahat melih meliha melike melis
    melisa memduh merih mertcan meryem mestan metehan mevlude mihriban mihrimah mirac muazzez mubeccel muberra
    mubin mucahit mufit muge muhlis mujde mujgan mukaddes mukerrem munir munire murathan mursel murside murvet
    nadide nadire nadiye nafiz nagihan nahide naile naim naime namik nasuh nazif nazife nazire nazmi nazmiye
    nebahat nebi nebil nebile necla necmiye nefise nejdet nergiz nese neset nesibe nesim neslihan neslisah nezahat
    nezih nezihe nezir nigar nil nilsu nisa nisanur niyazi nizamettin nuh nurbanu nurgul nurhayat nuriye nurseli
    nursen nursena nursin nurullah okay okkes omur onat orhun osmanhan oya oyku ozay ozer ozgul ozgun ozhan oznur
    pakize perihan perran pervane pervin rabia rafet rahime rahmi rahsan raif raife ramiz rana rasih rasit ravza
    recai recebi refia refika remziye renan resit resmiye rezzan ridvan rifat ruken rumeysa rusen rustu ruveyda
    saadet sabit sadan sadiye sadullah saduman saffet safiye sahap sahinde sakine saliha salihe samiha samime
    sanem sarp sebnur seckin sedef sefa sefer sefik sefika sehmus sehnaz sehriban selahaddin selcan selen selman
    semahat semanur semiha sengul seniz sennur senol serafettin serbulent serdal seref seren serenay serhan serife
    serra sertac servet seval sevcan sevginur sevgul sevilay sevki sevkiye sevval seyhan seyhun seyit seyran seza
    sezai sezen sezin sidika simay simge sinasi sirin sirma soner suheda suheyla sukriye sumeyra sumeyye suna
    sunay sureyya suzan tacettin tanju tansel tansu tarcan tayfur tayyibe tezcan timucin tolgahan tomris toygar
    tugay tugcan tugrul tulay tulin tunahan tuncel turkan turker tutku umran unsal unver vahap vahdet vahdettin
    vahide vecdi vecihe vecihi vedia vehbi vural yagiz yagmur yahya yalin yavuzhan yekta yener yetkin yigitcan
    yonca yucel yuksel yurdagul yurdanur yusra zahide zahit zarife zekiye zeynel zeynelabidin zinnur zuhre zuhtu
    zulal zulfiye zumra zumrut

    abbas abeer adel afshin agnieszka aijan aino aisha aizhan akram alaa alain alberto alejandro ales alessandra
    alessandro alexandre alexandros alfonso alfredo alicja alireza alisher almas alvaro amin ammar anas anastasia
    anders andras andre andreas andres andrzej angelika anja anke annalena annette annika anselm antoine
    antoinette antonella antonia antonis anvar anwar ardeshir armand armando armin arnaud arne arnold arvid arvind
    asad aslan asma astrid atefeh aurelie aurelien axel ayman azadeh azamat azar badr bahman bahram bakhtiyar
    bartosz basim basma bastian baurzhan beata beatriz bekzod benedict benedikt benoit bernd bernhard bijan birgit
    birgitta bjorn bogdan bojan bolat botir branko brigitte bruno camille carina carlo carmen carolina carsten
    catalina cecile celine charalambos christa christel christiane christof christoph christophe christos claude
    claudia claudio clemens clement conrad constantin cornelia cristian cristiana cristina dagmar dalia damir
    daniela daniele dariusz darko dastan dauren dawid dejan delphine didier diego dieter dietmar dietrich dilnoza
    dilshod dimitar dimitri dimitrios dimitris dino dirk dmytro domenico dominique dragan ebrahim edith eduard
    eduardo ehsan elaheh eleni eleonora elham elias elina elisa elisabetta elise elke elodie elsa emad emanuele
    emile emilia emmanuel emmanuelle enrico enrique erika erlan ernesto ernst essam esteban estelle etienne eugen
    eugenia evangelos evelyne ewa fabian fabien fabio fabrice fabrizio fahad fahd fares farhod fariba farida
    farideh farkhad farrokh farshid farzaneh fatema fatemeh fawzi federica federico felipe felix ferdinand
    fereshteh fereydoun fernando feruza filip filippo florence florent florian fouad francesca francesco francisco
    franco francois francoise franz franziska frederic frederik friedrich fritz gabriela gabriele gabrielle gael
    genevieve georg georges georgi georgios gerd gerhard ghada ghassan ghazal gheorghe giacomo gianluca gianni
    gilles giovanna giovanni giulia giuliano giulio giuseppe golnaz goran gregoire grzegorz guido guillaume
    guillermo gulmira gulnara gulnora gunnar gunter gunther gustav gustavo haider haitham hakon hala halina
    hamidreza hanan hanin hanna hannes hans harald hartmut hashem hazem heba heidi heike heiko heiner heinrich
    heinz helena helene helga helmut hendrik henning henri henrik henrike herbert hermann hilde holger hooman
    horst hossein houda hubert huda hugo hussam ignacio ilaria ilie ilona iman imre inas inga ingeborg ingo ingrid
    ioana ioannis irene isabelle issam istvan ivana ivo iyad jaafar jacek jahangir jahongir jakob jakub jamil
    jamila janez janina janusz jaroslav jaroslaw jasur javier jelena jens jeroen jerzy jesper jiri joachim joao
    joaquin jochen johan johann johanna johannes jonas jordi jorge josef jovan jovana jozef juergen juha julien
    jurgen kairat kambiz kamila kanat karin karina karol karolina karsten katarina katarzyna katerina katharina
    kathrin katja katrin kazem kerstin khadija khaldoun khurshida kianoush kiran kjell klaus konstantinos kostas
    krassimir kristian kristina kristof krzysztof kyriakos lars laszlo latifa laurent leif lena leonardo leonie
    leopold lidia lilian linus lola lorena lorenz lorenzo luc luca lucian luciano lucie ludovic ludwig luigi luisa
    lukas lukasz lutz lydia maciej magda magdalena magnus mahdi mahnaz mahsa mahtab maike majed malak malgorzata
    manal manfred manon manouchehr mansour manuel manuela maram marcel marcello marcin marco marek margarita
    margaux margit margot marguerite mariana marianna marianne mariano mariusz marjan marko markus marlene marta
    martijn martine marwan masoud massimo matej mateo mateusz mathias mathieu matteo matthias matthieu matti
    maurice mauricio maurizio mauro maximilian mazen medet mehran mehrdad michaela michal michalis mihaela mihai
    mikael mikko milan milena milica milos mina minoo mirjana mirlan mladen mohamed mohanad mojtaba monika monique
    morten morteza mostafa mouna muriel mustapha nabila nadia nadim nadine naji najib najwa narges nasim nasser
    nathalie nawal nazanin nazgul negar nicolae nicolas nicolo nigora nikolaos nikolaus nikos nils nima nizar
    nodir nodira noemi noor norbert noura nurbek nurlan nursultan octavian olaf ole oleksandr oleksii olivier
    ortwin otto pablo panagiotis paola paolo parviz pascal patrice patrizia paulina pauline pavle pawel payam
    pedram petar petr petra petros peyman philipp philippe pieter piotr pooya predrag priya qasim qusay radoslav
    radoslaw radu rafal raffaele raghad rahim rainer rajaa rajesh rajiv ralf ramin ramon randa raphael rasha
    rashid rasmus raul ravshan raya reem reiner reinhard renata renate rene riad ricardo riccardo roberto rodrigo
    rola roland rolf romain rosa rosario roya rudiger rudolf ruediger rune rustam saad saba sabina sabine sadegh
    sahar salma salvatore samah saman sameh samuli sandrine sanjar sanjay sasan sascha sebastiano sebastien
    sepideh serge sergio shabnam shadi shadia shahla shahram shahriar sherif shervin sherzod shohreh siamak
    siegfried sigrid siham silke silvia simona simone sina sinisa slobodan sofia sofie soha soheil sohrab sonia
    sonja soraya soren soroush spyros srdjan stefania stefano steffen stelios stephan stephane suad suhail
    sulaiman susanna susanne svante sven svetoslav sylvain sylvie szymon tadeusz taleb talgat tamas tanja taraneh
    tareq temir temirlan terje theodor theodoros thierry thorsten tiago tihomir tilman timo tomas tomasz tomislav
    tommaso torben torsten tove udo ulrich ulrike umberto umida ursula ute uwe vaclav vahid valentin valeria
    valerio vasile vasilis vesna vincenzo viola virginie vittorio vladan vlado volker volodymyr wael wafa waleed
    werner wieslaw wilfried wilhelm willem wissam wojciech wolfgang wolfram wouter xavier yalda yann yannis yara
    yazan yerlan younes yves yvette zahra zain zainab zamira zbigniew zdenek zeina zeljko zhanar ziba zofia zoltan
    zoran zulfiya zuzana
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
    is_given = first in GIVEN_NAMES or first.partition("-")[0] in GIVEN_NAMES  # Anna-Maria
    return is_given or (last not in _PEOPLES and bool(_SURNAME_ENDINGS.fullmatch(last)))
