"""The desk's own words in the languages it writes: data elements, months, greetings, markers.

A template holds the sentences of one letter; what every letter of a language says the same way stands here, so that a data element
has one name in all of them. `LANGUAGES` are the languages with such words; a template may exist in another one, and then the
desk's own words come in English.
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES: tuple[str, ...] = ("en", "ar", "de", "es", "pt")

MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
    "ar": ("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
           "Dezember"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
           "diciembre"),
    "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro",
           "dezembro"),
}  # fmt: skip

AND: Mapping[str, str] = {"en": "and", "ar": "و", "de": "und", "es": "y", "pt": "e"}

GROUP: Mapping[str, str] = {"en": ",", "ar": ",", "de": ".", "es": ".", "pt": "."}
"""What stands between groups of three digits. Arabic letters use Western digits."""

UNCONFIRMED: Mapping[str, str] = {
    "en": "(not yet confirmed)", "ar": "(لم يتأكد بعد)", "de": "(noch nicht bestätigt)", "es": "(aún sin confirmar)",
    "pt": "(ainda não confirmado)",
}  # fmt: skip
"""What follows a suspected fact wherever a letter may use one."""

GREETING: Mapping[str, str] = {
    "en": "Dear {name}", "ar": "إلى {name}، تحية طيبة وبعد", "de": "Guten Tag {name}", "es": "A la atención de {name}",
    "pt": "À atenção de {name}",
}  # fmt: skip
GUARDIAN: Mapping[str, str] = {
    "en": "To the parent or guardian of {name}", "ar": "إلى ولي أمر {name}، تحية طيبة وبعد",
    "de": "An die Sorgeberechtigten von {name}", "es": "A quien ejerza la patria potestad o la tutela de {name}",
    "pt": "Ao responsável legal por {name}",
}  # fmt: skip
GUARDIAN_BY_NAME: Mapping[str, str] = {
    "en": "Dear {guardian}, as parent or guardian of {name}", "ar": "إلى {guardian}، بصفتكم ولي أمر {name}، تحية طيبة وبعد",
    "de": "Guten Tag {guardian}, als sorgeberechtigte Person von {name}",
    "es": "A la atención de {guardian}, en ejercicio de la patria potestad o la tutela de {name}",
    "pt": "À atenção de {guardian}, responsável legal por {name}",
}  # fmt: skip
NAMELESS: Mapping[str, str] = {
    "en": "To the person concerned", "ar": "تحية طيبة وبعد", "de": "Guten Tag", "es": "A la persona interesada",
    "pt": "À pessoa interessada",
}  # fmt: skip
NAMELESS_GUARDIAN: Mapping[str, str] = {
    "en": "To the parent or guardian", "ar": "إلى ولي الأمر، تحية طيبة وبعد", "de": "An die Sorgeberechtigten",
    "es": "A quien ejerza la patria potestad o la tutela", "pt": "Ao responsável legal",
}  # fmt: skip

SOME_DATA: Mapping[str, str] = {
    "en": "personal data (our records do not say which kinds)",
    "ar": "بيانات شخصية (لا تبيّن سجلاتنا أنواعها)",
    "de": "personenbezogene Daten (unsere Unterlagen nennen die Art nicht)",
    "es": "datos personales (nuestros registros no indican de qué tipo)",
    "pt": "dados pessoais (os nossos arquivos não indicam de que tipo)",
}
"""What `[[elements]]` says about somebody of whom no record names a data element."""

BREACH: Mapping[str, Mapping[str, str]] = {
    "en": {"confidentiality": "loss of confidentiality (disclosure of, or access to, data without authority)",
           "integrity": "loss of integrity (alteration of data without authority)",
           "availability": "loss of availability (loss or destruction of data, or of access to them)"},
    "ar": {"confidentiality": "المساس بسرية البيانات (الإفصاح عنها أو الوصول إليها دون سند مشروع)",
           "integrity": "المساس بسلامة البيانات (تغييرها دون سند مشروع)",
           "availability": "المساس بتوافر البيانات (فقدها أو إتلافها أو تعذّر الوصول إليها)"},
    "de": {"confidentiality": "Verletzung der Vertraulichkeit (unbefugte Offenlegung von oder unbefugter Zugang zu Daten)",
           "integrity": "Verletzung der Integrität (unbefugte Veränderung von Daten)",
           "availability": "Verletzung der Verfügbarkeit (Verlust oder Vernichtung von Daten oder des Zugangs zu ihnen)"},
    "es": {"confidentiality": "pérdida de confidencialidad (comunicación de datos o acceso a ellos sin autorización)",
           "integrity": "pérdida de integridad (alteración de datos sin autorización)",
           "availability": "pérdida de disponibilidad (pérdida o destrucción de datos, o del acceso a ellos)"},
    "pt": {"confidentiality": "perda de confidencialidade (divulgação de dados ou acesso a eles sem autorização)",
           "integrity": "perda de integridade (alteração de dados sem autorização)",
           "availability": "perda de disponibilidade (perda ou destruição de dados, ou do acesso a eles)"},
}  # fmt: skip

ACCESS: Mapping[str, Mapping[str, str]] = {
    "en": {"accessed": "somebody without authority had access to the data",
           "acquired": "somebody without authority obtained the data", "lost": "the data were lost",
           "unavailable": "the data were not available"},
    "ar": {"accessed": "وصول طرف غير مصرَّح له إلى البيانات", "acquired": "حصول طرف غير مصرَّح له على البيانات",
           "lost": "فقدان البيانات", "unavailable": "تعذّر الوصول إلى البيانات"},
    "de": {"accessed": "Unbefugte hatten Zugang zu den Daten", "acquired": "Unbefugte haben die Daten erlangt",
           "lost": "die Daten gingen verloren", "unavailable": "die Daten waren nicht verfügbar"},
    "es": {"accessed": "una persona no autorizada tuvo acceso a los datos",
           "acquired": "una persona no autorizada obtuvo los datos", "lost": "los datos se perdieron",
           "unavailable": "los datos no estuvieron disponibles"},
    "pt": {"accessed": "uma pessoa não autorizada teve acesso aos dados",
           "acquired": "uma pessoa não autorizada obteve os dados", "lost": "os dados perderam-se",
           "unavailable": "os dados estiveram indisponíveis"},
}  # fmt: skip

HARM: Mapping[str, Mapping[str, str]] = {
    "en": {"unlikely": "harm is unlikely", "possible": "harm is possible", "likely": "harm is likely", "high": "the risk is high"},
    "ar": {"unlikely": "الضرر مستبعد", "possible": "الضرر محتمل", "likely": "الضرر مرجَّح", "high": "الخطر مرتفع"},
    "de": {"unlikely": "ein Schaden ist unwahrscheinlich", "possible": "ein Schaden ist möglich",
           "likely": "ein Schaden ist wahrscheinlich", "high": "das Risiko ist hoch"},
    "es": {"unlikely": "el daño es improbable", "possible": "el daño es posible", "likely": "el daño es probable",
           "high": "el riesgo es alto"},
    "pt": {"unlikely": "o dano é improvável", "possible": "o dano é possível", "likely": "o dano é provável",
           "high": "o risco é elevado"},
}  # fmt: skip

CHOICES: Mapping[str, Mapping[str, Mapping[str, str]]] = {"breach": BREACH, "access": ACCESS, "harm": HARM}
"""Facts chosen from a list, by key and language, as a letter says them."""

ELEMENTS: Mapping[str, tuple[str, str, str, str, str]] = {
    # element: en, ar, de, es, pt
    "name": ("name", "الاسم", "Name", "nombre y apellidos", "nome"),
    "first-initial-last-name": ("first initial and last name", "الحرف الأول من الاسم واسم العائلة",
                                "Anfangsbuchstabe des Vornamens und Nachname", "inicial del nombre y apellido",
                                "inicial do nome e nome de família"),
    "postal-address": ("postal address", "العنوان البريدي", "Postanschrift", "dirección postal", "endereço postal"),
    "email": ("e-mail address", "عنوان البريد الإلكتروني", "E-Mail-Adresse", "dirección de correo electrónico",
              "endereço de e-mail"),
    "phone": ("telephone number", "رقم الهاتف", "Telefonnummer", "número de teléfono", "número de telefone"),
    "birth-date": ("date of birth", "تاريخ الميلاد", "Geburtsdatum", "fecha de nacimiento", "data de nascimento"),
    "mothers-maiden-name": ("mother's maiden name", "اسم عائلة الأم قبل الزواج", "Geburtsname der Mutter",
                            "apellido de soltera de la madre", "nome de solteira da mãe"),
    "ssn": ("Social Security number", "رقم الضمان الاجتماعي الأمريكي", "US-Sozialversicherungsnummer",
            "número de Seguro Social", "número de segurança social dos EUA"),
    "tax-id": ("tax identification number", "رقم التعريف الضريبي", "Steueridentifikationsnummer",
               "número de identificación fiscal", "número de identificação fiscal"),
    "national-id": ("national identity number", "رقم الهوية الوطنية", "nationale Ausweisnummer",
                    "número de documento nacional de identidad", "número do documento nacional de identidade"),
    "drivers-license": ("driver's license number", "رقم رخصة القيادة", "Führerscheinnummer",
                        "número de licencia de conducir", "número da habilitação para conduzir"),
    "state-id": ("state identification card number", "رقم بطاقة الهوية الصادرة عن الولاية",
                 "Nummer des Ausweises eines US-Bundesstaats", "número de tarjeta de identificación estatal",
                 "número do cartão de identificação estadual"),
    "passport": ("passport number", "رقم جواز السفر", "Reisepassnummer", "número de pasaporte", "número do passaporte"),
    "military-id": ("military identification number", "رقم الهوية العسكرية", "Militärausweisnummer",
                    "número de identificación militar", "número de identificação militar"),
    "student-id": ("student identification number", "رقم الهوية الطلابية", "Matrikel- oder Schülernummer",
                   "número de identificación de estudiante", "número de identificação de estudante"),
    "financial-account": ("financial account number", "رقم الحساب المالي", "Kontonummer", "número de cuenta financiera",
                          "número de conta financeira"),
    "financial-account-with-code": ("financial account number with its access code", "رقم الحساب المالي مع رمز الدخول إليه",
                                    "Kontonummer mit Zugangscode", "número de cuenta financiera con su código de acceso",
                                    "número de conta financeira com o código de acesso"),
    "payment-card": ("payment card number", "رقم بطاقة الدفع", "Zahlungskartennummer", "número de tarjeta de pago",
                     "número de cartão de pagamento"),
    "payment-card-with-code": ("payment card number with its security code", "رقم بطاقة الدفع مع رمز الأمان",
                               "Zahlungskartennummer mit Prüfcode", "número de tarjeta de pago con su código de seguridad",
                               "número de cartão de pagamento com o código de segurança"),
    "online-credentials": ("user name with password", "اسم المستخدم مع كلمة المرور", "Benutzername mit Passwort",
                           "nombre de usuario con contraseña", "nome de acesso com senha"),
    "security-questions": ("security questions with answers", "أسئلة الأمان مع أجوبتها", "Sicherheitsfragen mit Antworten",
                           "preguntas de seguridad con respuestas", "perguntas de segurança com respostas"),
    "medical": ("medical information", "معلومات طبية", "medizinische Angaben", "información médica", "informação médica"),
    "health-insurance": ("health insurance information", "معلومات التأمين الصحي", "Angaben zur Krankenversicherung",
                         "información del seguro médico", "informação do seguro de saúde"),
    "biometric": ("biometric data", "بيانات السمات الحيوية", "biometrische Daten", "datos biométricos", "dados biométricos"),
    "genetic": ("genetic data", "بيانات وراثية", "genetische Daten", "datos genéticos", "dados genéticos"),
    "location": ("location data", "بيانات الموقع الجغرافي", "Standortdaten", "datos de localización", "dados de localização"),
    "communications": ("content of messages", "محتوى المراسلات", "Inhalte von Nachrichten", "contenido de comunicaciones",
                       "conteúdo de comunicações"),
    "photo": ("photograph", "صورة شخصية", "Foto", "fotografía", "fotografia"),
    "signature": ("signature", "التوقيع", "Unterschrift", "firma", "assinatura"),
    "electronic-signature": ("electronic signature", "التوقيع الإلكتروني", "elektronische Signatur", "firma electrónica",
                             "assinatura digital"),
    "license-plate": ("vehicle license plate", "رقم لوحة المركبة", "Kfz-Kennzeichen", "matrícula del vehículo",
                      "placa do veículo"),
    "race-ethnicity": ("racial or ethnic origin", "الأصل العرقي أو الإثني", "ethnische Herkunft", "origen racial o étnico",
                       "origem racial ou étnica"),
    "political": ("political opinions", "الآراء السياسية", "politische Meinungen", "opiniones políticas",
                  "opiniões políticas"),
    "religion": ("religious or philosophical beliefs", "المعتقدات الدينية أو الفكرية",
                 "religiöse oder weltanschauliche Überzeugungen", "convicciones religiosas o filosóficas",
                 "convicções religiosas ou filosóficas"),
    "trade-union": ("trade union membership", "العضوية في النقابات", "Gewerkschaftszugehörigkeit", "afiliación sindical",
                    "filiação sindical"),
    "sex-life": ("data about sex life or sexual orientation", "بيانات عن الحياة الجنسية أو الميول الجنسية",
                 "Daten zum Sexualleben oder zur sexuellen Orientierung", "datos sobre la vida u orientación sexual",
                 "dados sobre a vida ou orientação sexual"),
    "criminal": ("criminal record data", "بيانات جنائية", "Daten über strafrechtliche Verurteilungen",
                 "datos sobre condenas penales", "dados sobre condenações penais"),
    "employment": ("employment data", "بيانات وظيفية", "Beschäftigungsdaten", "datos laborales", "dados de emprego"),
    "education": ("education records", "بيانات تعليمية", "Angaben zur Ausbildung", "datos académicos", "dados académicos"),
    "income": ("income or financial circumstances", "الدخل أو الوضع المالي", "Einkommen oder finanzielle Verhältnisse",
               "ingresos o situación económica", "rendimentos ou situação financeira"),
    "behaviour": ("usage data", "بيانات الاستخدام والسلوك", "Nutzungsdaten",
                  "datos de uso", "dados de uso"),
    "device-id": ("device identifier", "معرّف الجهاز", "Gerätekennung", "identificador de dispositivo",
                  "identificador do dispositivo"),
    "ip-address": ("IP address", "عنوان بروتوكول الإنترنت (IP)", "IP-Adresse", "dirección IP", "endereço IP"),
}  # fmt: skip


def element(word: str, language: str) -> str:
    """A data element as a letter names it; a custom `x-blood-donor` as its own words, `blood donor`."""
    labels = ELEMENTS.get(word)
    if labels is None:
        return word.removeprefix("x-").replace("-", " ")
    return labels[LANGUAGES.index(language) if language in LANGUAGES else 0]


def joined(parts: list[str], language: str) -> str:
    """`a, b and c` in a language; empty for nothing."""
    if len(parts) < 2:
        return "".join(parts)
    if language == "ar":
        return (" و" if len(parts) == 2 else "، و").join(parts)
    word = AND.get(language, AND["en"])
    if language == "es" and parts[-1].lower().startswith(("i", "hi")):
        word = "e"
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
