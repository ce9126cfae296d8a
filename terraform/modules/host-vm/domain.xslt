<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output omit-xml-declaration="yes" indent="yes"/>
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
  <xsl:template match="/domain/os">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <smbios mode="sysinfo"/>
    </xsl:copy>
    <sysinfo type="smbios">
      <oemStrings>
%{ for string in strings ~}
        <entry>${string}</entry>
%{ endfor ~}
      </oemStrings>
    </sysinfo>
  </xsl:template>
  <!-- No screen: it would need parts of the emulator that a server does not have. -->
  <xsl:template match="/domain/devices/graphics|/domain/devices/video"/>
</xsl:stylesheet>
