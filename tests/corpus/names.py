"""Names with letters beyond ASCII, and the old encodings in which such a file may come."""

# ruff: noqa: RUF001 - names as people write them

WESTERN = {
    "German": "Jörg Müller, Käthe Weiß, Björn Größe, Jürgen Bäcker, Günther Strauß, Özlem Häusler,"
    " Ärmel Übler, Voßkuhle Heßler, SCHRÖDER KÖNIG, Böhm Böll, Döring Söding, Anna Weiß",
    "French": "José Lefèvre, Zoé Gaëlle, Benoît Hélène, Françoise Noël, Anaïs L’Oréal, Agnès Côté,"
    " Rivière Lemaître, Jérôme François, Élodie Crémieux, Château Thérèse, Renée D’Été",
    "Spanish": "María Muñoz, José Ibáñez, Ramón Núñez, Sofía Peña, Álvarez Íñigo, GARCÍA MARTÍN,"
    " Suárez Bañuelos, Gutiérrez León, Jesús Raúl, Sebastián Díez, Martí Solís, MARTÍNEZ RODRÍGUEZ",
    "Portuguese": "João Simões, Conceição Gonçalves, Inês Araújo, António Magalhães, Íris Lourenço,"
    " Sá Guimarães, JOÃO VÍTOR, Antônio França",
    "Nordic": "Søren Kjær, Jørgen Ødegård, Åse Bjørnson, Sjögren Åkerlund, Näss Bøe, Sæther Höyer,"
    " Øyvind Lindström, Päivi Hämäläinen, Mäkinen Kivistö, Jääskeläinen Väinö, Ängström Örn",
    "Icelandic": "Sigurðsson Jónsdóttir, Guðrún Björk, Þór Guðmundsdóttir, Þórður Ragnheiður",
    "Dutch": "Daniël Chloë, Zoë Joëlle, Noëlle Müller",
}
"""Of languages that cp1252 serves; their files may also come from DOS or an old Mac."""

OF_DOS_AND_MAC = ("mac_roman", "cp850", "cp437")

ELSEWHERE = {
    "Polish": "Łukasz Wałęsa, Agnieszka Wójcik, Kamińska Kępa, Paweł Zieliński, Żaneta Dębska,"
    " Święta Ćwik, Gdańsk Kozłowska, Jędrzej Stańczyk, Ania Zaręba, Źrebak Śliwa",
    "Czech": "Jiří Dvořák, Tomáš Novák, Zdeněk Růžička, Kateřina Kučera, Černý Řezníček,"
    " Vaňek Bečka, Ondřej Hlaváč, Sedláček Břeclav, Aleš Beneš, Láďa Novotný, Ňuf Ševčík",
    "Hungarian": "György Szőke, Erzsébet Erdős, Jenő Kővári, Gergő Győri, Szűcs Gyűrű, Fűzi Őry",
    "Croatian": "Petrović Kovačić, Đurđica Šimić, Ćosić Željka, Jurišić Žiga, Hršak Hrvoje",
    "Romanian": "Bălan Dănilă, Ștefan Țurcanu, Popă Mădălina, Răzvan Lazăr",
    "Turkish": "Ayşe Yıldız, Işıl Erdoğan, Çağla Güneş, Barış Şahin, Uğur Tuğba, Ülker Nazlı",
    "Baltic": "Jānis Bērziņš, Līga Kalniņa, Māris Ozoliņš, Pēteris Ķeniņš, Petkevičienė Šarūnė",
    "Russian": "Иван Петров, Ольга Смирнова, Юлия Чернышёва",
    "Greek": "Γιώργος Παπαδόπουλος, Ελένη Νικολάου",
    "Japanese": "太郎 田中, 花子 鈴木, 健一 佐藤, 学 林",
    "Chinese": "娜 李, 秀英 张, 倪 周, 敏 刘",
    "Korean": "민준 김, 서연 이, 지훈 박",
}
OF_ELSEWHERE = {
    "Polish": ("cp1250", "iso8859-2", "cp852", "mac_latin2"),
    "Czech": ("cp1250", "iso8859-2", "cp852", "mac_latin2"),
    "Hungarian": ("cp1250", "cp852", "mac_latin2"),
    "Croatian": ("cp1250", "mac_croatian"),
    "Romanian": ("cp1250", "cp852", "iso8859-16"),
    "Turkish": ("cp1254", "cp857", "iso8859-9"),
    "Baltic": ("cp1257", "cp775"),
    "Russian": ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac_cyrillic"),
    "Greek": ("cp1253", "iso8859-7", "cp737"),
    "Japanese": ("shift_jis", "euc_jp"),
    "Chinese": ("gb18030", "big5hkscs"),
    "Korean": ("cp949",),
}


def _written_in(encoding: str, names: str) -> list[str]:
    """Return the names that an encoding can write, but not as cp1252 does."""
    return [
        name
        for name in names.split(", ")
        if (written := name.encode(encoding, "ignore")).decode(encoding) == name
        and written != name.encode("cp1252", "ignore")
    ]


FOREIGN = [
    (one, encoding, names)
    for one, all_names in (WESTERN | ELSEWHERE).items()
    for encoding in OF_ELSEWHERE.get(one, OF_DOS_AND_MAC)
    if (names := _written_in(encoding, all_names))
]
"""A language, an encoding that is not cp1252, and names in it."""
