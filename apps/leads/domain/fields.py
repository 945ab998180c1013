"""The fields a lead file may have, and the many names the trade gives them."""

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Field(StrEnum):
    """What a column means. A column that means none of these is kept on the lead under its own header."""

    PHONE = "phone"
    ALT_PHONE = "alt_phone"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    COMPANY = "company"
    EMAIL = "email"
    ADDRESS = "address"
    CITY = "city"
    STATE = "state"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    # The zone the person or an agent confirmed. A vendor's guess belongs into a custom column: it must beat no rule.
    CONFIRMED_ZONE = "confirmed_zone"
    EXTERNAL_ID = "external_id"
    SOURCE = "source"
    RANK = "rank"
    LINE_TYPE = "line_type"
    SUBJECT_TYPE = "subject_type"
    LANGUAGE = "language"
    NOTES = "notes"
    CONSENT = "consent"
    CONSENT_AT = "consent_at"
    CONSENT_TEXT = "consent_text"
    CONSENT_SELLER = "consent_seller"
    CONSENT_SOURCE = "consent_source"
    CONSENT_URL = "consent_url"
    CONSENT_CERTIFICATE = "consent_certificate"
    CONSENT_IP = "consent_ip"
    EBR_KIND = "ebr_kind"
    EBR_ON = "ebr_on"
    PURCHASE_ON = "purchase_on"
    INQUIRY_ON = "inquiry_on"
    DNC = "dnc"
    NATIONAL_DNC = "national_dnc"
    STATE_DNC = "state_dnc"
    CUSTOM = "custom"
    IGNORE = "ignore"


# Several columns may have these meanings; any other field takes one column.
REPEATABLE: Final = frozenset({Field.ALT_PHONE, Field.ADDRESS, Field.CUSTOM, Field.IGNORE})

LABELS: Final[dict[Field, str]] = {
    Field.PHONE: "Phone",
    Field.ALT_PHONE: "Alternate phone",
    Field.FIRST_NAME: "First name",
    Field.LAST_NAME: "Last name",
    Field.FULL_NAME: "Full name",
    Field.COMPANY: "Company",
    Field.EMAIL: "E-mail",
    Field.ADDRESS: "Address",
    Field.CITY: "City",
    Field.STATE: "State or province",
    Field.POSTAL_CODE: "ZIP or postal code",
    Field.COUNTRY: "Country",
    Field.CONFIRMED_ZONE: "Time zone confirmed by the person",
    Field.EXTERNAL_ID: "Lead id of the source",
    Field.SOURCE: "Source",
    Field.RANK: "Rank (higher is called first)",
    Field.LINE_TYPE: "Line type (mobile, landline, VoIP)",
    Field.SUBJECT_TYPE: "Consumer or business",
    Field.LANGUAGE: "Language",
    Field.NOTES: "Notes",
    Field.CONSENT: "Consent (none, express, written, revoked)",
    Field.CONSENT_AT: "Consent: date",
    Field.CONSENT_TEXT: "Consent: wording",
    Field.CONSENT_SELLER: "Consent: seller named",
    Field.CONSENT_SOURCE: "Consent: source",
    Field.CONSENT_URL: "Consent: web address of the proof",
    Field.CONSENT_CERTIFICATE: "Consent: certificate (TrustedForm, Jornaya)",
    Field.CONSENT_IP: "Consent: IP address",
    Field.EBR_KIND: "Business relationship: kind (purchase, inquiry)",
    Field.EBR_ON: "Business relationship: date",
    Field.PURCHASE_ON: "Date of last purchase",
    Field.INQUIRY_ON: "Date of last inquiry",
    Field.DNC: "Asked not to be called",
    Field.NATIONAL_DNC: "On the national do-not-call register",
    Field.STATE_DNC: "On a state do-not-call register",
    Field.CUSTOM: "Keep as custom field",
    Field.IGNORE: "Do not import",
}

# Space-separated; each name is what `normalise_header` makes of a header.
_ALIASES: Final[dict[Field, str]] = {
    Field.PHONE: """phone phonenumber phoneno phone1 number number1 primaryphone mainphone telephone telephonenumber tel
        mobile mobilephone mobilenumber mobilephonenumber phonemobile phonehome phonework phonecell homephonenumber
        workphonenumber cellphonenumber contactphonenumber cell cellphone cellnumber cellular homephone homenumber dayphone contactnumber
        contactphone phonee164 msisdn destination customerphone leadphone businessphone workphone fon telefon telefono
        telefonnummer telefoonnummer numerodetelefono telephonefixe numerotelephone celular movil portable""",
    Field.ALT_PHONE: """altphone alternatephone alternativephone phone2 phone3 phone4 number2 number3 otherphone
        secondaryphone secondphone eveningphone altnumber alternatenumber""",
    Field.FIRST_NAME: """firstname first fname givenname forename contactfirstname vorname nombre prenom""",
    Field.LAST_NAME: """lastname last lname surname familyname contactlastname nachname apellido apellidos
        nomdefamille""",
    Field.FULL_NAME: """name fullname contactname customername leadname contact nombrecompleto nomcomplet""",
    Field.COMPANY: """company companyname business businessname organization organisation organizationname account
        accountname employer firm firma empresa entreprise societe associatedcompany""",
    Field.EMAIL: """email emailaddress mail workemail email1 primaryemail personalemail correo correoelectronico
        courriel""",
    Field.ADDRESS: """address address1 address2 address3 addressline1 addressline2 street streetaddress street1 street2
        mailingaddress mailingstreet homeaddress strasse direccion adresse calle""",
    Field.CITY: """city town locality mailingcity homecity stadt ort ciudad ville""",
    Field.STATE: """state province stateprovince stateorprovince st region stateregion mailingstate homestate
        provinceorstate statecode estado provincia bundesland""",
    Field.POSTAL_CODE: """postalcode postcode zip zipcode zip5 zippostalcode postal mailingzip mailingpostalcode
        homezip plz codigopostal codepostal cp""",
    Field.COUNTRY: """country countrycode countryname countryregion nation isocountry mailingcountry land pais
        pays""",
    Field.CONFIRMED_ZONE: """confirmedzone confirmedtimezone timezoneconfirmed""",
    Field.EXTERNAL_ID: """vendorleadcode vendorid vendorleadid externalid extid leadid id recordid contactid
        customerid crmid sourceleadid uniqueid uid hubspotid salesforceid referenceid reference clientid""",
    Field.SOURCE: """source sourceid leadsource originalsource vendor vendorname leadvendor listsource quelle
        fuente origen""",
    Field.RANK: """rank priority score leadscore leadrank callpriority weight prioritaet prioridad""",
    Field.LINE_TYPE: """linetype phonetype numbertype phonelinetype carriertype typeofphone lineclass""",
    Field.SUBJECT_TYPE: """subjecttype subject consumerorbusiness leadtype contacttype customertype b2bb2c
        residentialorbusiness""",
    Field.LANGUAGE: """language lang preferredlanguage locale sprache idioma langue""",
    Field.NOTES: """notes note comments comment remarks remark description kommentar notas comentarios""",
    Field.CONSENT: """consent consentlevel consenttype consentstatus tcpaconsent pewc optin optinstatus""",
    Field.CONSENT_AT: """consentdate consentat consenttime consenttimestamp consentdatetime consentgivenat
        consentcapturedat optindate optintime optintimestamp tcpaconsentdate""",
    Field.CONSENT_TEXT: """consenttext consentlanguage consentwording consentversion disclosure disclosuretext
        tcpalanguage tcpatext""",
    Field.CONSENT_SELLER: """consentseller consentsellername sellername seller consentcompany""",
    Field.CONSENT_SOURCE: """consentsource optinsource""",
    Field.CONSENT_URL: """consenturl landingpage landingpageurl optinurl sourceurl consentproof evidenceurl""",
    Field.CONSENT_CERTIFICATE: """consentcertificate trustedform trustedformurl trustedformcerturl
        xxtrustedformcerturl trustedformcertificate certurl jornaya jornayaleadid jornayatoken leadidtoken
        universalleadid""",
    Field.CONSENT_IP: """consentip consentipaddress ip ipaddress optinip""",
    Field.EBR_KIND: """ebr ebrkind ebrtype relationship relationshiptype""",
    Field.EBR_ON: """ebrdate ebron ebrstart relationshipdate""",
    Field.PURCHASE_ON: """lastpurchase lastpurchasedate lastpurchaseon purchasedate lastorder lastorderdate
        lasttransactiondate lastdonationdate""",
    Field.INQUIRY_ON: """lastinquiry lastinquirydate inquirydate lastinquiryon enquirydate lastenquirydate
        applicationdate""",
    Field.DNC: """dnc donotcall entitydnc internaldnc companydnc onentitydnc oninternaldnc optout optedout donotcontact
        dncflag isdnc suppressed""",
    Field.NATIONAL_DNC: """onnationaldnc nationaldnc federaldnc ftcdnc onfederaldnc ndnc dncnational federaldncflag
        nationaldncflag""",
    Field.STATE_DNC: """onstatednc statednc dncstate statedncflag""",
}

_FIELD_BY_NAME: Final = {name: field for field, names in _ALIASES.items() for name in names.split()} | {
    field.value.replace("_", ""): field for field in Field
}
_NOT_NAME: Final = re.compile(r"[\W_]+")


def normalise_header(header: str) -> str:
    """Letters and digits only, lower case, without accents: `Numéro de Teléfono` becomes `numerodetelefono`."""
    plain = unicodedata.normalize("NFKD", header).casefold()
    return _NOT_NAME.sub("", "".join(part for part in plain if not unicodedata.combining(part)))


def find_field(header: str) -> Field | None:
    """The field that the trade means by a header, or None."""
    return _FIELD_BY_NAME.get(normalise_header(header))
